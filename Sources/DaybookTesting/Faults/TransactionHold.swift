/// Where a transaction, or a commit, waits until the test lets it go, or its task is cancelled.
public struct TransactionHold: Sendable {
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private let releases: AsyncStream<Void>
    private let release: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrival) = AsyncStream.makeStream()
        (releases, release) = AsyncStream.makeStream()
    }

    func wait() async throws {
        arrival.yield()
        for await _ in releases { break }
        try Task.checkCancellation()
    }

    /// Waits until the transaction is there.
    public func reached() async {
        for await _ in arrivals { break }
    }

    public func letGo() {
        release.yield()
    }
}
