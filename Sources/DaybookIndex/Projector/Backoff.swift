/// Waits longer each time, up to five seconds.
struct Backoff {
    private static let first = Duration.milliseconds(100)
    private var delay = Backoff.first

    mutating func reset() { delay = Self.first }

    mutating func wait() async throws {
        let now = delay
        delay = min(delay * 2, .seconds(5))
        try await Task.sleep(for: now)
    }
}
