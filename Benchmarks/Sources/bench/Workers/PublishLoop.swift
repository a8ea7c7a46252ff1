import Daybook

/// Publishes the same events in every round, through the whole of Daybook's publishing: checks, encoding, partition,
/// log.
struct PublishLoop {
    let publisher: Publisher
    let batches: [[Event]]
    /// How many batches are under way at a time.
    let concurrency: Int

    init(_ publisher: Publisher, events: [Event], batch: Int, concurrency: Int) {
        self.publisher = publisher
        self.concurrency = concurrency
        batches = stride(from: 0, to: events.count, by: batch).map { Array(events[$0..<min($0 + batch, events.count)]) }
    }

    /// - Throws: the first error of an event that was not published.
    func run() async throws -> Rounds.Outcome {
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for worker in 0..<concurrency {
                group.addTask {
                    var times: [Double] = []
                    for at in stride(from: worker, to: batches.count, by: concurrency) {
                        let start = ContinuousClock.now
                        for result in await publisher.publish(batches[at]) { _ = try result.get() }
                        times.append(start.duration(to: .now) / .seconds(1))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Rounds.Outcome(
            operations: batches.reduce(0) { $0 + $1.count }, latency: Series(times).median)
    }

    /// The layout that the C programs' records were made for.
    static func layout(prefix: String) -> StreamLayout {
        StreamLayout(prefix: prefix, partitions: Workload.partitions)
    }
}
