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

    /// Holds the calling thread: only within ``run(_:)``, between two attempts.
    static func pause(_ duration: Duration) {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(duration.milliseconds)))
    }
}
