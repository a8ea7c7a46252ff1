/// Waits longer each time, up to five seconds.
public struct Backoff: Sendable {
    private static let first = Duration.milliseconds(100)
    private var delay = Backoff.first

    public init() {}

    public mutating func reset() { delay = Self.first }

    /// - Throws: `CancellationError`.
    public mutating func wait() async throws {
        let now = delay
        delay = min(delay * 2, .seconds(5))
        try await Task.sleep(for: now)
    }
}
