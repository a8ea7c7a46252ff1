import Synchronization

/// One callback of an ``EventProcessor``.
final class ProcessorCallback: Sendable {
    enum Body: Sendable {
        case each(@Sendable (Delivery) async throws -> Void)
        /// Gets together what it is to be told of in one call of the processor.
        case batch(@Sendable ([Delivery]) async throws -> Void)
        /// Makes ready what is then run for each connection; nil passes the delivery over.
        case broadcast(@Sendable (Delivery) async throws -> (@Sendable (any LiveConnection) async throws -> Void)?)
    }

    /// What it may be removed by.
    let id: String
    /// In the order of registration.
    let number: Int
    let on: Set<RecordOperation>
    let body: Body
    private let removed = Atomic(false)

    init(id: String, number: Int, on: Set<RecordOperation>, body: Body) {
        self.id = id
        self.number = number
        self.on = on
        self.body = body
    }

    /// It is not to be run any more, also by those who have found it already.
    func remove() { removed.store(true, ordering: .releasing) }

    var isRemoved: Bool { removed.load(ordering: .acquiring) }
}

extension ProcessorCallback: Hashable {
    static func == (one: ProcessorCallback, other: ProcessorCallback) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
