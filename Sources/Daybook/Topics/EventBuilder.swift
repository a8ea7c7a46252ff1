/// Something that makes a plain event.
public protocol EventBuilder {
    /// A new event, with a new id, each time it is asked for.
    var event: Event { get }
}

extension Publisher {
    /// Publishes the event that a builder makes.
    @discardableResult
    public func publish(_ builder: some EventBuilder) async throws(PublishError) -> Published {
        try await publish(builder.event)
    }
}
