import Synchronization

/// A value behind a lock that tasks can wait on: each update wakes the waiting ones, in the order they came, and they look again.
///
/// It is what the rest of this library waits with, so that nothing ever sleeps to find out whether something has happened.
public final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        var id: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var value: Value
        var version = 0
        var nextID = 0
        var waiters: [Waiter] = []
    }

    private let state: Mutex<State>

    public init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    /// The value now.
    public var value: Value { read { $0 } }

    /// Looks at the value under the lock, without a copy of it.
    public func read<Result: Sendable, Failure: Error>(_ body: (Value) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        try state.withLock { state throws(Failure) in try body(state.value) }
    }

    /// Changes the value under the lock, then wakes whoever waits.
    @discardableResult
    public func update<Result: Sendable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var woken: [Waiter] = []
        defer {
            for waiter in woken { waiter.continuation.resume() }
        }
        return try state.withLock { state throws(Failure) in
            defer {
                state.version += 1
                swap(&woken, &state.waiters)
            }
            return try body(&state.value)
        }
    }

    /// Looks at the value under the lock, now and after each update, until the body gives a result.
    ///
    /// What the body changes wakes nobody: it takes out, it does not put in.
    ///
    /// - Throws: what the body throws; `CancellationError` when the task is cancelled while it waits.
    public func when<Result: Sendable>(_ body: @Sendable (inout Value) throws -> Result?) async throws -> Result {
        while true {
            try Task.checkCancellation()
            let (result, version) = try state.withLock { (try body(&$0.value), $0.version) }
            if let result { return result }
            try await change(since: version)
        }
    }

    private func change(since version: Int) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // The task is marked as cancelled before its handler runs. So either the handler finds the waiter, or the
                // mark is seen here: both happen under the lock.
                let ready: Swift.Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.version != version { return .success(()) }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}

extension Watched<Bool> {
    /// Something that has not happened yet.
    public convenience init() {
        self.init(false)
    }

    /// It happens.
    public func fire() {
        update { $0 = true }
    }

    /// Waits until it has happened.
    public func fired() async throws {
        try await when { $0 ? () : nil }
    }
}
