/// Makes events of events, for an ``EventTransformer``: of each partition another one, which gets the partition's deliveries
/// one after the other.
///
/// What it remembers must be a value's own (a struct's properties, no references), since a copy is put back when what it
/// made cannot be written.
public protocol EventTransform: Sendable {
    /// The events that follow from a delivery. It is meant to compute, not to wait: nothing else of the member goes on
    /// meanwhile, and no time-out is kept.
    ///
    /// What it answers, and what it remembers, may depend only on the delivery and on those before it. It may be called
    /// again for one delivery, when what it made was not written.
    ///
    /// - Returns: events without a hash; ``Event/dependsOn`` and ``Event/traceparent`` are taken from the delivery's event
    ///   where they are nil.
    /// - Throws: a ``HandlerFailure`` says what is to become of the delivery; any other error is retriable.
    mutating func transform(_ delivery: Delivery) async throws -> [Event]
}

/// A transform that remembers nothing.
struct StatelessTransform: EventTransform {
    let body: @Sendable (Delivery) async throws -> [Event]

    func transform(_ delivery: Delivery) async throws -> [Event] { try await body(delivery) }
}
