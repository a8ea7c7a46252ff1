import Synchronization

/// Deliveries that wait for their consumer's word. One that is let go without it counts as refused.
public final class EventBatch: Sendable {
    /// In order per ordering key; at least one.
    public let deliveries: [Delivery]
    private let answer: Mutex<CheckedContinuation<Void, any Error>?>

    init(_ deliveries: [Delivery], _ answer: CheckedContinuation<Void, any Error>) {
        self.deliveries = deliveries
        self.answer = Mutex(answer)
    }

    deinit {
        give(.failure(HandlerFailure.retriable("it was neither acknowledged nor refused")))
    }

    public var events: [Event] { deliveries.map(\.event) }

    /// All of them are handled, and never come again. Only the first word counts.
    ///
    /// - Returns: false when there was an answer before, or the batch was called off: then its deliveries come again.
    @discardableResult
    public func acknowledge() -> Bool { give(.success(())) }

    /// None of them is handled: they come again one by one, and what becomes of each then is the failure policy's to say.
    ///
    /// - Parameter error: a ``HandlerFailure`` says what is to become of them; any other is retriable.
    /// - Returns: false when there was an answer before.
    @discardableResult
    public func refuse(_ error: any Error) -> Bool { give(.failure(error)) }

    @discardableResult
    func give(_ outcome: Result<Void, any Error>) -> Bool {
        let continuation = answer.withLock { $0.take() }
        continuation?.resume(with: outcome)
        return continuation != nil
    }
}
