import Synchronization

/// Which callbacks have done their part with all deliveries of one call that concern them.
final class CallProgress: Sendable {
    /// Numbers of callbacks.
    private let done = Mutex<[Int]>([])

    func hasFinished(_ callback: Int) -> Bool {
        done.withLock { $0.contains(callback) }
    }

    func finish(_ callback: Int) {
        done.withLock { $0.append(callback) }
    }
}
