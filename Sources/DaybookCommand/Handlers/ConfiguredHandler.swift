import Daybook

/// A handler of the configuration as registrations see it: one for all that deliver to it, made ready when the server
/// starts and closed when it stops.
struct ConfiguredHandler: EventHandler {
    let base: any EventHandler
    let selection: EventSelection

    var batchSize: Int { base.batchSize }
    var linger: Duration { base.linger }
    var boundsItself: Bool { base.boundsItself }

    /// Nothing: one registration that starts or ends is not to disturb the others.
    func prepare() async throws {}
    func close() async {}

    func handle(_ deliveries: [Delivery]) async throws {
        let selected = selection == .all ? deliveries : deliveries.filter(selection.contains)
        if !selected.isEmpty { try await base.handle(selected) }
    }
}
