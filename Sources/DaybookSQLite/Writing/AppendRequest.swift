import Daybook
import Synchronization

/// One call of ``EventLog/append(_:)`` that waits for its commit. Answered exactly once.
final class AppendRequest: Sendable {
    typealias Results = [Result<Appended, LogError>]

    private enum State {
        case new
        case waiting(CheckedContinuation<Results, Never>)
        case answered(Results)
        case done
    }

    let records: [NewRecord]
    let bytes: Int
    private let state = Mutex(State.new)

    init(_ records: [NewRecord]) {
        self.records = records
        bytes = records.reduce(0) { $0 + $1.record.byteCount }
    }

    func wait(_ continuation: CheckedContinuation<Results, Never>) {
        let early = state.withLock { state -> Results? in
            if case .answered(let results) = state {
                state = .done
                return results
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    func answer(_ results: Results) {
        let continuation = state.withLock { state -> CheckedContinuation<Results, Never>? in
            switch state {
            case .new:
                state = .answered(results)
                return nil
            case .waiting(let continuation):
                state = .done
                return continuation
            case .answered, .done:
                return nil
            }
        }
        continuation?.resume(returning: results)
    }

    /// Answers every record with one error.
    func fail(_ error: LogError) {
        answer(records.map { _ in .failure(error) })
    }
}
