import Daybook
import KafkaClient
import Synchronization

/// Reads assigned partitions with a consumer of its own.
final class KafkaReader: LogReader, LogChild {
    private struct State {
        var pending = PendingBatches()
        /// Partitions that cannot be read on; told when what came before is given out.
        var failures: [ConsumerFailure] = []
        /// How many want to change what is read.
        var changes = 0
    }

    private let log: KafkaLog
    private let consumer: KafkaConsumer
    private let state = Mutex(State())
    /// Whoever asks the consumer for messages, or changes what it reads, is alone with it: else messages from before a
    /// change could come after it.
    private let gate = AsyncGate()
    private let closing = Closing()

    init(_ log: KafkaLog) throws {
        self.log = log
        consumer = try KafkaConsumer(log.configuration.cluster)
    }

    func next(maximum: Int) async throws -> RecordBatch {
        let maximum = max(1, maximum)
        while true {
            try checkOpen()
            try Task.checkCancellation()
            if let batch = state.withLock({ $0.pending.take(maximum: maximum) }) {
                log.counters.read(batch)
                return batch
            }
            if let failure = state.withLock({ $0.failures.popLast() }) {
                if let error = try await explain(failure) { throw error }
                continue
            }
            try await gate.withLock { [self] in
                // Whoever wants a change is on the way to the gate: leaves it to them.
                if state.withLock({ $0.changes > 0 }) { return }
                let batch: ConsumerBatch?
                do {
                    batch = try await consumer.next(max: maximum)
                } catch let error as KafkaError {
                    try checkOpen()
                    throw LogError(error)
                }
                guard let batch else { throw LogError.closed }
                state.withLock { state in
                    state.pending.add(batch)
                    state.failures += batch.failures
                }
            }
        }
    }

    private func explain(_ failure: ConsumerFailure) async throws -> LogError? {
        guard let partition = failure.topicPartition.map(StreamPartition.init) else {
            // A connection that broke; the consumer makes another one by itself.
            return failure.error.isRetriable ? nil : LogError(failure.error)
        }
        guard let position = state.withLock({ $0.pending.position(of: partition) }) else { return nil }
        if failure.isOutOfRange {
            return try await log.outOfRange(Position(partition, position))
        }
        return failure.error.isRetriable ? nil : LogError(failure.error, at: partition)
    }

    func add(_ starts: [StreamPartition: Int64]) async throws {
        try checkOpen()
        guard !starts.isEmpty else { return }
        try await log.requirePartitions(starts.keys)
        // Makes the reader leave the gate, also if nothing comes, and keeps it from coming back before.
        state.withLock { $0.changes += 1 }
        defer { state.withLock { $0.changes -= 1 } }
        consumer.interrupt()
        try await gate.withLock { [self] in
            do {
                let known = state.withLock { state in
                    starts.keys.filter { state.pending.position(of: $0) != nil }
                }
                if !known.isEmpty { try await consumer.remove(known.map(TopicPartition.init)) }
                state.withLock { state in
                    state.pending.start(starts)
                    state.failures.removeAll { failure in
                        failure.topicPartition.map { starts[StreamPartition($0)] != nil } ?? false
                    }
                }
                try await consumer.add(starts.topicPartitionOffsets)
            } catch let error as KafkaError {
                try checkOpen()
                throw LogError(error)
            }
        }
    }

    private func checkOpen() throws {
        if closing.hasBegun { throw LogError.closed }
        try log.checkOpen()
    }

    func close() async {
        await closing.run { [self] in
            log.children.remove(self)
            await consumer.close()
        }
    }

    func abandon() {
        consumer.abandon()
    }
}
