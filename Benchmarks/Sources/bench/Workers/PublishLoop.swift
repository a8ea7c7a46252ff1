import Daybook

/// Publishes the same events in every round, through the whole of Daybook's publishing: checks, encoding, partition,
/// log.
struct PublishLoop {
    let publisher: Publisher
    let events: [Event]
    let batch: Int
    /// How many batches are under way at a time.
    let concurrency: Int

    /// - Throws: the first error of an event that was not published.
    func run() async throws -> Rounds.Outcome {
        let starts = Array(stride(from: 0, to: events.count, by: batch))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<concurrency {
                group.addTask {
                    for at in stride(from: worker, to: starts.count, by: concurrency) {
                        let end = min(starts[at] + batch, events.count)
                        for result in await publisher.publish(Array(events[starts[at]..<end])) { _ = try result.get() }
                    }
                }
            }
            try await group.waitForAll()
        }
        return Rounds.Outcome(operations: events.count)
    }

    /// The layout that the C programs' records were made for.
    static func layout(prefix: String) -> StreamLayout {
        StreamLayout(prefix: prefix, partitions: Workload.partitions)
    }
}
