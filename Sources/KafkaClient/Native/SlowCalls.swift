import Dispatch

/// Where a client's blocking calls run, one after the other: never on the threads that async code shares.
///
/// A serial queue of its own gets a thread beyond the pool's when it has work, and none while it has not.
struct SlowCalls: Sendable {
    private let queue: DispatchQueue

    init(_ name: String) {
        queue = DispatchQueue(label: "kafka.\(name)")
    }

    /// Runs `body` and waits without a thread. A started call is not cancellable: it ends by its own time limit.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

}

/// Calls `body` until it fails otherwise than `condition` knows, or `limit` is over. Holds the calling thread also
/// between two attempts: only within ``SlowCalls/run(_:)``.
func repeatedly<Result>(
    for limit: Duration, pause: Duration = .milliseconds(50), while condition: (KafkaError) -> Bool,
    _ body: () throws -> Result
) throws -> Result {
    let end = ContinuousClock.now + limit
    while true {
        do {
            return try body()
        } catch let error as KafkaError where condition(error) && ContinuousClock.now < end {
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(pause.milliseconds)))
        }
    }
}
