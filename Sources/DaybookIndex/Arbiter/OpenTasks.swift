import Synchronization

/// Tasks that nobody waits for until the end.
final class OpenTasks: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var last = 0
        /// Those that ended before they were noted.
        var ended: Set<Int> = []
    }

    private let state = Mutex(State())

    func begin(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let task = Task {
            await body()
            state.withLock { if $0.tasks.removeValue(forKey: number) == nil { $0.ended.insert(number) } }
        }
        state.withLock { if $0.ended.remove(number) == nil { $0.tasks[number] = task } }
        return task
    }

    /// Returns when all that began have ended.
    func finish() async {
        while let task = state.withLock(\.tasks.values.first) { await task.value }
    }
}
