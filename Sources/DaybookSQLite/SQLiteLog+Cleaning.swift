public import Daybook

extension SQLiteLog {
    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        try checkOpen()
        let reference = try table.reference(partition)
        let available = table.watermarks(of: reference.id)
        guard offset <= available.end else {
            throw LogError.outOfRange(position: Position(partition, offset), available: available)
        }
        if offset <= available.low { return }
        try await cleaner.raiseLow(of: reference, to: offset)
        cleaner.wake()
    }

    /// Does now all that the streams' clean-up asks for, without waiting for it to be due. For tests.
    func clean() async {
        await cleaner.cleanAll()
    }

    public func checkHealth() async throws {
        try checkOpen()
        let now = configuration.now().description
        try await withLimit(.seconds(3)) { [queue] in
            try await queue.perform("to check the log's health") { try StreamTable.touch($0, now) }
        }
    }
}

/// Waits for an operation, but no longer than the limit; the operation then goes on unwatched.
private func withLimit(_ limit: Duration, _ operation: @escaping @Sendable () async throws -> Void) async throws {
    let (results, continuation) = AsyncStream.makeStream(of: Result<Void, any Error>.self)
    let work = Task {
        do {
            try await operation()
            continuation.yield(.success(()))
        } catch {
            continuation.yield(.failure(error))
        }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        continuation.yield(.failure(LogError.unavailable("no write came to its end within \(limit)")))
    }
    defer {
        work.cancel()
        timer.cancel()
    }
    for await result in results { return try result.get() }
    throw CancellationError()
}
