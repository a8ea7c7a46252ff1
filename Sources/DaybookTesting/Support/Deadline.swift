/// Something that was awaited did not happen in time.
public struct DeadlineExceeded: Error, CustomStringConvertible {
    /// What was awaited.
    public var what: String
    public var limit: Duration

    public var description: String { "waited \(limit) in vain for \(what)" }
}

/// Runs an operation that has to end within a time, so that a hang fails a test and says what it waited for.
///
/// The limit guards against hangs only; it is no measure of speed. An operation that ignores its cancellation is left behind.
///
/// - Throws: what the operation throws; ``DeadlineExceeded`` when it has not ended in time.
public func withDeadline<Value: Sendable>(
    _ limit: Duration = .seconds(30), what: String, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let outcome = Watched<Result<Value, any Error>?>(nil)
    let work = Task {
        let result: Result<Value, any Error>
        do { result = .success(try await operation()) } catch { result = .failure(error) }
        outcome.update { $0 = $0 ?? result }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        outcome.update { $0 = $0 ?? .failure(DeadlineExceeded(what: what, limit: limit)) }
        work.cancel()
    }
    defer { timer.cancel() }
    // Waits in a task of its own, because after a cancellation the operation is still given the time to come to its end.
    let waiting = Task { try await outcome.when { $0 } }
    return try await withTaskCancellationHandler {
        try await waiting.value.get()
    } onCancel: {
        work.cancel()
    }
}
