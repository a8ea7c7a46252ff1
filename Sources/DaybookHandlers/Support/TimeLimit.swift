/// A body did not end in time.
struct TimeLimitReached: Error, Hashable {
    var limit: Duration
}

/// Runs a body that ends when it is cancelled, and cancels it after a time.
///
/// - Throws: ``TimeLimitReached``; what the body throws.
func withTimeLimit<Result: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        if let result = try await group.next() ?? nil { return result }
        try Task.checkCancellation()
        throw TimeLimitReached(limit: limit)
    }
}
