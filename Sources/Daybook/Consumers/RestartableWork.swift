import ServiceLifecycle
import Synchronization

/// Work that goes on until it is stopped, and that may be started and stopped any number of times. It is never done twice
/// at once: a start while a stop is under way begins behind it.
final class RestartableWork: Sendable {
    private struct State {
        var current: Task<Void, any Error>?
        var number = 0
        var isStopping = false
    }

    private let state = Mutex(State())
    private let work: @Sendable () async throws -> Void

    /// - Parameter work: ends soon after its task is cancelled, having finished what is in hand.
    init(_ work: @escaping @Sendable () async throws -> Void) {
        self.work = work
    }

    var isRunning: Bool { state.withLock { $0.current != nil && !$0.isStopping } }

    /// Starts it, unless it goes on already.
    @discardableResult
    func start() -> Task<Void, any Error> {
        state.withLock { state in
            if let current = state.current, !state.isStopping { return current }
            let former = state.current
            state.number += 1
            state.isStopping = false
            let number = state.number
            let task = Task {
                _ = await former?.result
                defer { self.ended(number) }
                if !Task.isCancelled { try await self.work() }
            }
            state.current = task
            return task
        }
    }

    /// Has it stop, without waiting for that.
    ///
    /// - Returns: what ends; nil when nothing goes on.
    @discardableResult
    func requestStop() -> Task<Void, any Error>? {
        state.withLock { state in
            guard let current = state.current else { return nil }
            state.isStopping = true
            current.cancel()
            return current
        }
    }

    /// Has it stop, and waits until it has. One that is started meanwhile is not waited for.
    func stop() async {
        _ = await requestStop()?.result
    }

    /// Waits until it ends by itself or is stopped.
    ///
    /// - Throws: what ended it.
    func wait() async throws {
        try await state.withLock { $0.current }?.value
    }

    /// Starts it, and waits until it ends; a shutdown or cancellation of the caller stops it.
    func run() async throws {
        let task = start()
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await task.value
            } onGracefulShutdown: {
                self.requestStop()
            }
        } onCancel: {
            self.requestStop()
        }
    }

    private func ended(_ number: Int) {
        state.withLock { state in
            guard state.number == number else { return }
            state.current = nil
            state.isStopping = false
        }
    }
}
