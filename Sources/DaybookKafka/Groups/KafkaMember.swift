import Daybook
import KafkaClient
import Synchronization

/// A member of a Kafka consumer group.
final class KafkaMember: GroupMember, LogChild {
    private struct State {
        var pending = PendingBatches()
        var failures: [ConsumerFailure] = []
        /// Rebalances that the group wants, in order, until they are told.
        var rebalances: [Rebalance] = []
        var held: Set<StreamPartition> = []
        /// Told to be taken away; until the next event is asked for they may be committed.
        var leaving: Set<StreamPartition> = []
        /// Who this member is in the group since the last assignment. Asked later, a member that has lost its place
        /// would be nobody in particular, whom Kafka lets commit.
        var credentials: ConsumerGroupMetadata?
    }

    private let log: KafkaLog
    private let group: String
    private let start: GroupOptions.Start
    private let consumer: KafkaConsumer
    private let state = Mutex(State())
    private let closing = Closing()

    init(_ log: KafkaLog, group: String, options: GroupOptions) throws {
        self.log = log
        self.group = group
        start = options.start
        var consumerOptions = KafkaConsumer.Options(groupID: group)
        consumerOptions.sessionTimeout = options.sessionTimeout
        consumerOptions.maxPollInterval = options.sessionTimeout * 10
        consumer = try KafkaConsumer(log.configuration.cluster, consumerOptions)
    }

    func subscribe(to streams: [String]) async throws {
        try await consumer.subscribe(to: streams)
    }

    var assignment: Set<StreamPartition> { state.withLock { $0.held } }

    // MARK: Events

    func next(maximum: Int) async throws -> GroupEvent {
        let maximum = max(1, maximum)
        state.withLock { $0.leaving = [] }
        while true {
            try checkOpen()
            try Task.checkCancellation()
            // First: the group waits for the answer.
            if let rebalance = state.withLock({ $0.rebalances.first }) {
                let event: GroupEvent? = try await translating { try await self.event(for: rebalance) }
                state.withLock { _ = $0.rebalances.removeFirst() }
                if let event { return event }
                continue
            }
            if let batch = state.withLock({ $0.pending.take(maximum: maximum) }) {
                log.counters.read(batch)
                return .records(batch)
            }
            if let failure = state.withLock({ $0.failures.popLast() }) {
                if let error = try await explain(failure) { throw error }
                continue
            }
            let batch: ConsumerBatch? = try await translating { try await consumer.next(max: maximum) }
            guard let batch else { throw LogError.closed }
            state.withLock { state in
                state.pending.add(batch)
                state.failures += batch.failures
                state.rebalances += batch.rebalances
            }
        }
    }

    /// Prepares what the rebalance asks for. If that fails, or is cancelled, it is done again with the next call.
    /// - Returns: nil if there is nothing to tell.
    private func event(for rebalance: Rebalance) async throws -> GroupEvent? {
        switch rebalance {
        case .revoked(let partitions, let lost):
            let revoked = Set(partitions.map(StreamPartition.init))
            return state.withLock { state in
                let told = state.held.intersection(revoked)
                state.pending.stop(revoked)
                state.failures.removeAll { $0.topicPartition.map { revoked.contains(StreamPartition($0)) } ?? false }
                state.held.subtract(revoked)
                state.leaving = lost ? [] : told
                if lost { state.credentials = nil }
                return told.isEmpty ? nil : .revoked(told)
            }
        case .assigned(let partitions):
            guard !partitions.isEmpty else { return nil }
            let starts: [StreamPartition: Int64]
            do {
                starts = try await self.starts(of: partitions)
            } catch let error as KafkaError where error.isLossOfPlace {
                // Overtaken by the next rebalance, which takes them away before they were told.
                return nil
            }
            let credentials = try await consumer.groupMetadata()
            consumer.start(at: starts.topicPartitionOffsets)
            let assigned = Set(starts.keys)
            state.withLock { state in
                state.pending.start(starts)
                state.held.formUnion(assigned)
                state.credentials = credentials
            }
            return .assigned(assigned)
        }
    }

    /// Where to read the partitions from.
    private func starts(of partitions: [TopicPartition]) async throws -> [StreamPartition: Int64] {
        let committed = try await consumer.committed(partitions, limit: log.configuration.requestTimeout)
        var starts: [StreamPartition: Int64] = [:]
        var fresh: [TopicPartition] = []
        for (partition, offset) in zip(partitions, committed) {
            if let offset { starts[StreamPartition(partition)] = offset } else { fresh.append(partition) }
        }
        guard !fresh.isEmpty else { return starts }
        let limit = log.configuration.requestTimeout
        switch start {
        case .earliest:
            for (partition, offset) in try await log.admin.offsets(of: fresh, at: .beginning, limit: limit) {
                starts[StreamPartition(partition)] = offset
            }
        case .latest:
            let ends = try await log.admin.offsets(of: fresh, at: .end, limit: limit)
            // Kept, lest the next member begin later and skip what came in between.
            try await consumer.commit(ends.map { TopicPartitionOffset($0.key, $0.value) })
            for (partition, offset) in ends { starts[StreamPartition(partition)] = offset }
        }
        return starts
    }

    private func explain(_ failure: ConsumerFailure) async throws -> LogError? {
        guard let partition = failure.topicPartition.map(StreamPartition.init) else {
            return failure.error.isRetriable || failure.error.isLossOfPlace ? nil : LogError(failure.error)
        }
        guard let position = state.withLock({ $0.pending.position(of: partition) }) else { return nil }
        if failure.isOutOfRange { return try await log.outOfRange(Position(partition, position)) }
        return failure.error.isRetriable ? nil : LogError(failure.error, at: partition)
    }

    // MARK: Positions

    func commit(_ positions: [StreamPartition: Int64]) async throws {
        try checkOpen()
        try requireHeld(positions.keys)
        try await translating {
            do {
                try await consumer.commit(positions.topicPartitionOffsets)
            } catch let error as KafkaError where error.isLossOfPlace {
                throw LogError.fenced
            }
        }
    }

    /// Who commits these positions, for a transaction.
    func credentials(for positions: [StreamPartition: Int64]) throws -> ConsumerGroupMetadata {
        // Of a member that has left on its own the place is lost; a closed log is closed.
        try log.checkOpen()
        if closing.hasBegun { throw LogError.fenced }
        try requireHeld(positions.keys)
        guard let credentials = state.withLock({ $0.credentials }) else { throw LogError.fenced }
        return credentials
    }

    /// Kafka itself takes a commit of any partition from any member.
    private func requireHeld(_ partitions: some Sequence<StreamPartition>) throws {
        let mine = state.withLock { $0.held.union($0.leaving) }
        if !partitions.allSatisfy(mine.contains) { throw LogError.fenced }
    }

    // MARK: The end

    func leave() async {
        await closing.run { [self] in
            log.children.remove(self)
            await consumer.close()
        }
    }

    func close() async {
        await leave()
    }

    func abandon() {
        consumer.abandon()
    }

    private func checkOpen() throws {
        if closing.hasBegun { throw LogError.closed }
        try log.checkOpen()
    }

    private func translating<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as KafkaError {
            try checkOpen()
            throw LogError(error)
        }
    }
}

extension KafkaError {
    /// The group has gone on without this member.
    var isLossOfPlace: Bool {
        [.illegalGeneration, .unknownMember, .fencedInstance, .rebalanceInProgress, .assignmentLost].contains(code)
    }
}
