import LosslessJSON

/// What happens to registrations that others want to hear of: plain events, published beside the work.
struct RegistrationNews: Sendable {
    static let deadLetterTopic = "dead_letter.created"
    static let stalledTopic = "registration.stalled"

    let publisher: Publisher

    /// A delivery was given up. Nothing is told of what is such news itself: a registration that cannot handle them would
    /// make them for ever.
    func deadLetter(_ item: DeliveryItem, of registration: Registration, error: String) async {
        guard item.entry.event.topic != Self.deadLetterTopic else { return }
        // In the event's project, so that only who may read of that hears of it.
        await publish(
            Self.deadLetterTopic, .error, project: item.entry.event.project,
            "A delivery of \(registration.name) was given up",
            [
                ("registration", .string(registration.name)), ("event", .string(item.entry.event.id.description)),
                ("topic", .string(item.entry.event.topic)), ("position", .string(item.position.description)),
                ("attempts", .number("\(item.attempts)")), ("error", .string(error)),
            ])
    }

    /// Nothing was settled for a while, although something is to be done.
    func stalled(_ registration: Registration, _ reason: String, behind: Int64, after: Duration) async {
        await publish(
            Self.stalledTopic, .warning, "\(registration.name) makes no progress",
            [
                ("registration", .string(registration.name)), ("reason", .string(reason)),
                ("records", .number("\(behind)")), ("seconds", .number("\(after.components.seconds)")),
            ])
    }

    private func publish(
        _ topic: String, _ severity: Severity, project: String? = nil, _ description: String,
        _ summary: [(String, JSONValue)]
    ) async {
        let object = JSONValue.object(summary.map { JSONValue.Member($0.0, $0.1) })
        let event = Event(
            topic: topic, sender: "daybook", project: project, description: description, summary: JSONText(object),
            severity: severity)
        // The dead letter itself is safe; that it is told is not worth waiting for.
        _ = try? await publisher.publish(event)
    }
}
