import Daybook
import KafkaClient
import Synchronization

/// Fetches single records by their positions, with a consumer that is assigned anew for each request, and made for the
/// first.
final class RecordFetcher: Sendable {
    private let configuration: KafkaLog.Configuration
    private let admin: KafkaAdmin
    private let gate = AsyncGate()
    private let state = Mutex(State())

    private struct State {
        var consumer: KafkaConsumer?
        var closed = false
    }

    private var timeout: Duration { configuration.requestTimeout }

    init(_ configuration: KafkaLog.Configuration, _ admin: KafkaAdmin) {
        self.configuration = configuration
        self.admin = admin
    }

    private func usableConsumer() throws -> KafkaConsumer {
        try state.withLock { state in
            if state.closed { throw Self.closed }
            if let consumer = state.consumer { return consumer }
            let consumer = try KafkaConsumer(
                configuration.cluster(preferring: [
                    // A short answer is enough, and at the end of a partition it comes at once. What is queued must not be
                    // bounded to match: a broker answers with one large batch at a time, and when that fills the queue
                    // librdkafka asks again a second later, for the same partition first.
                    "fetch.message.max.bytes": "65536",
                    "fetch.wait.max.ms": "10",
                ]))
            state.consumer = consumer
            return consumer
        }
    }

    /// The records at these positions; what is not there is absent.
    func records(at positions: [Position]) async throws -> [Position: StoredRecord] {
        try await gate.withLock { [self] in
            let consumer = try usableConsumer()
            var search = RecordSearch(positions)
            let deadline = ContinuousClock.now + timeout
            // Ends a wait that would outlast the time limit.
            let timer = Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                consumer.interrupt()
            }
            defer { timer.cancel() }
            do {
                while !search.isDone { try await round(&search, consumer, deadline) }
            } catch {
                try? await consumer.assign([])
                throw error
            }
            try await consumer.assign([])
            return search.found
        }
    }

    /// Looks in each partition from the first offset that is still wanted.
    private func round(
        _ search: inout RecordSearch, _ consumer: KafkaConsumer, _ deadline: ContinuousClock.Instant
    ) async throws {
        try await consumer.assign(search.begin())
        while !search.isRoundDone {
            guard let batch = try await consumer.next(max: 10_000) else { throw Self.closed }
            for message in batch.messages { search.saw(message) }
            for progress in batch.progress { search.moved(progress) }
            for failure in batch.failures {
                guard let partition = failure.topicPartition else { continue }
                if failure.isOutOfRange {
                    // Only some may be outside.
                    let low = try await admin.offsets(of: [partition], at: .beginning, limit: timeout)[partition]
                    let end = try await admin.offsets(of: [partition], at: .end, limit: timeout)[partition]
                    search.limit(partition, to: (low ?? 0)..<max(low ?? 0, end ?? 0))
                } else if !failure.error.isRetriable {
                    search.limit(partition, to: 0..<0)
                }
            }
            if ContinuousClock.now >= deadline {
                throw KafkaError(
                    code: .timedOut, operation: "fetch records", message: "the cluster did not answer in time",
                    isRetriable: true)
            }
        }
    }

    private static let closed = KafkaError(
        code: .closed, operation: "fetch records", message: "the log is closed")

    func close() async {
        await takeConsumer()?.close()
    }

    func abandon() {
        takeConsumer()?.abandon()
    }

    private func takeConsumer() -> KafkaConsumer? {
        state.withLock { state in
            state.closed = true
            return state.consumer
        }
    }
}
