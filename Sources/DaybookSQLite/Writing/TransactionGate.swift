import Synchronization

/// A transaction's turn to be the only one that appends: waiting in line, open, committing, over.
final class TransactionGate: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Void, any Error>)
        case open
        case committing
        case over(any Error)
    }

    private let state = Mutex(State.new)

    func wait(_ continuation: CheckedContinuation<Void, any Error>) {
        let early = state.withLock { state -> (any Error)? in
            if case .over(let error) = state { return error }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(throwing: early) }
    }

    /// Lets the transaction begin; false when it was given up meanwhile.
    func open() -> Bool {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .open
            return continuation
        }
        continuation?.resume()
        return continuation != nil
    }

    /// - Throws: why the transaction was aborted.
    func beginCommit() throws {
        try state.withLock { state in
            if case .over(let error) = state { throw error }
            state = .committing
        }
    }

    /// - Throws: why the transaction was aborted.
    func check() throws {
        try state.withLock { state in
            if case .over(let error) = state { throw error }
        }
    }

    /// Ends it, for the reason given; true when it was open, and the others are to be let in.
    @discardableResult
    func abort(_ error: any Error) -> Bool {
        let (wasOpen, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Void, any Error>?) in
            switch state {
            case .new:
                state = .over(error)
                return (false, nil)
            case .waiting(let continuation):
                state = .over(error)
                return (false, continuation)
            case .open:
                state = .over(error)
                return (true, nil)
            case .committing, .over:
                return (false, nil)
            }
        }
        continuation?.resume(throwing: error)
        return wasOpen
    }
}
