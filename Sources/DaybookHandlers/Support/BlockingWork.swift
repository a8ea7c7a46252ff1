import Dispatch

/// Where a handler's blocking calls run, one after the other: never on the threads that async code shares.
struct BlockingWork: Sendable {
    private let queue: DispatchQueue

    /// - Parameter name: for people who look at threads.
    init(_ name: String) {
        queue = DispatchQueue(label: "daybook.\(name)")
    }

    /// Runs `body` and waits without a thread. A started call is not cancellable.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Runs `body` once, after a time, behind what is in hand then.
    func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        let (seconds, attoseconds) = delay.components
        let nanoseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let whole = nanoseconds.overflow ? Int.max / 2 : nanoseconds.partialValue
        queue.asyncAfter(deadline: .now() + .nanoseconds(whole + Int(attoseconds / 1_000_000_000))) { body() }
    }
}
