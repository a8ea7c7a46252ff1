import Daybook
import KafkaClient

/// A writer of transactions: one transactional producer, whose transactional id is the writer's.
final class KafkaWriter: TransactionalWriter, LogChild {
    private let log: KafkaLog
    private let producer: KafkaTransactionalProducer
    private let closing = Closing()

    private init(_ log: KafkaLog, id: String) throws {
        self.log = log
        let configuration = log.configuration
        producer = try KafkaTransactionalProducer(
            configuration.cluster(preferring: [
                "message.max.bytes": String(configuration.maximumRecordBytes + KafkaLog.recordOverhead)
            ]),
            transactionalID: id, transactionTimeout: configuration.transactionTimeout,
            metadataTimeout: configuration.requestTimeout)
    }

    /// Fences the earlier writer with the id and resolves what it left open.
    static func make(_ log: KafkaLog, id: String) async throws -> KafkaWriter {
        let writer = try KafkaWriter(log, id: id)
        do {
            try await writer.producer.start()
        } catch {
            await writer.producer.close(limit: .zero)
            throw error
        }
        return writer
    }

    func transaction<Result: Sendable>(
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        do {
            return try await producer.withTransaction {
                try await body(KafkaTransaction(producer: producer, log: log))
            }
        } catch let error as KafkaError {
            try checkOpen()
            throw LogError(transaction: error)
        } catch LogError.closed where !closing.hasBegun {
            try log.checkOpen()
            throw LogError.closed
        }
    }

    private func checkOpen() throws {
        if closing.hasBegun { throw LogError.closed }
        try log.checkOpen()
    }

    func close() async {
        await closing.run { [self] in
            log.children.remove(self)
            await producer.close()
        }
    }

    func abandon() {
        producer.abandon()
    }
}

/// An open transaction of a ``KafkaWriter``.
struct KafkaTransaction: Transaction {
    let producer: KafkaTransactionalProducer
    let log: KafkaLog

    func append(_ records: [NewRecord]) async throws -> [Appended] {
        let sending = OutgoingRecords(records, maximumRecordBytes: log.configuration.maximumRecordBytes)
        do {
            let deliveries = sending.messages.isEmpty ? [] : try await producer.produce(sending.messages)
            // A fatal error or a lost epoch says more than what it did to a single record.
            for case .failure(let error) in deliveries where error.isFatal { throw error }
            let outcomes = sending.outcomes(of: deliveries)
            log.counters.appended(outcomes, of: records)
            return try outcomes.map { try $0.get() }
        } catch let error as KafkaError {
            throw LogError(transaction: error)
        }
    }

    func commit(_ positions: [StreamPartition: Int64], of member: any GroupMember) async throws {
        guard let member = member as? KafkaMember else {
            throw LogError.refused("the member is not one of this log")
        }
        let metadata = try member.credentials(for: positions)
        do {
            try await producer.sendOffsets(positions.topicPartitionOffsets, of: metadata)
        } catch let error as KafkaError {
            throw LogError(transaction: error)
        }
    }
}
