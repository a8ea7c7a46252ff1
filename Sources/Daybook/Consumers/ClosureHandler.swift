/// A handler that is a closure.
struct ClosureHandler: EventHandler {
    var batchSize = 1
    var linger = Duration.zero
    var body: @Sendable ([Delivery]) async throws -> Void

    func handle(_ deliveries: [Delivery]) async throws { try await body(deliveries) }
}
