import Daybook
import Synchronization

/// Who holds which transactional id. The latest holder of an id is the only one.
final class WriterRegistry: Sendable {
    fileprivate struct Holder {
        var number: Int
        /// Of the transactions it has in line or open.
        var gates: [TransactionGate] = []
    }

    fileprivate struct State {
        var holders: [String: Holder] = [:]
        var lastNumber = 0
    }

    private let state = Mutex(State())

    /// Gives the id to a new holder. The transactions of the earlier one are the caller's to abort.
    func take(_ id: String) -> (number: Int, abandoned: [TransactionGate]) {
        state.withLock { state in
            state.lastNumber += 1
            let earlier = state.holders.updateValue(Holder(number: state.lastNumber), forKey: id)
            return (state.lastNumber, earlier?.gates ?? [])
        }
    }

    /// Gives the id back; the transactions are the caller's to abort.
    func drop(_ id: String, _ number: Int) -> [TransactionGate] {
        state.withLock { state in
            guard let holder = state.holders[id], holder.number == number else { return [] }
            state.holders[id] = nil
            return holder.gates
        }
    }

    /// - Throws: ``LogError/fenced`` when the id has another holder by now; ``LogError/closed`` when it was given up.
    func check(_ id: String, _ number: Int) throws {
        try state.withLock { try $0.check(id, number) }
    }

    func begin(_ gate: TransactionGate, _ id: String, _ number: Int) throws {
        try state.withLock { state in
            try state.check(id, number)
            state.holders[id]?.gates.append(gate)
        }
    }

    func end(_ gate: TransactionGate, _ id: String, _ number: Int) {
        state.withLock { state in
            guard state.holders[id]?.number == number else { return }
            state.holders[id]?.gates.removeAll { $0 === gate }
        }
    }
}

extension WriterRegistry.State {
    fileprivate func check(_ id: String, _ number: Int) throws {
        guard let holder = holders[id] else { throw LogError.closed }
        guard holder.number == number else { throw LogError.fenced }
    }
}
