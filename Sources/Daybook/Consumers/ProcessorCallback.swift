/// One callback of an ``EventProcessor``.
struct ProcessorCallback: Sendable {
    enum Body: Sendable {
        case each(@Sendable (Delivery) async throws -> Void)
        /// Gets together what it is to be told of in one call of the processor.
        case batch(@Sendable ([Delivery]) async throws -> Void)
        /// Makes ready what is then run for each connection; nil passes the delivery over.
        case broadcast(@Sendable (Delivery) async throws -> (@Sendable (any LiveConnection) async throws -> Void)?)
    }

    /// What it may be removed by.
    var id: String
    /// In the order of registration.
    var number: Int
    var on: Set<RecordOperation>
    var body: Body
}
