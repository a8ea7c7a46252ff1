import Synchronization

/// One call that waits for its end, which is told once: by the work or by the caller's cancellation, whichever is first.
final class SMTPCall: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Void, any Error>)
        case over(Result<Void, any Error>)
    }

    private let state = Mutex(State.new)

    /// Whether nobody waits any more.
    var isOver: Bool {
        state.withLock { if case .over = $0 { true } else { false } }
    }

    func begin(_ continuation: CheckedContinuation<Void, any Error>) {
        let early: Result<Void, any Error>? = state.withLock {
            // Cancelled before it began.
            if case .over(let result) = $0 { return result }
            $0 = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    func end(with result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            switch state {
            case .new:
                state = .over(result)
                return nil
            case .waiting(let continuation):
                state = .over(result)
                return continuation
            case .over: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
