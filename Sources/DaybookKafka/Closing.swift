import Synchronization

/// Runs an ending once; whoever asks again, or meanwhile, waits for the same one.
final class Closing: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)

    var hasBegun: Bool { task.withLock { $0 != nil } }

    func run(_ body: @escaping @Sendable () async -> Void) async {
        let task = task.withLock { task in
            if let task { return task }
            let new = Task { await body() }
            task = new
            return new
        }
        await task.value
    }
}
