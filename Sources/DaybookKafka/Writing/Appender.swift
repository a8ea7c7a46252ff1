import Daybook
import KafkaClient
import Synchronization

/// Appends outside of transactions, by one idempotent producer, which is made when there is something to append.
final class Appender: Sendable {
    private let configuration: KafkaLog.Configuration
    private let counters: Counters
    private let producer = Mutex<KafkaProducer?>(nil)
    init(_ configuration: KafkaLog.Configuration, _ counters: Counters) {
        self.configuration = configuration
        self.counters = counters
    }

    private func makeProducer() throws -> KafkaProducer {
        try KafkaProducer(
            configuration.cluster(preferring: [
                // Never taken back: if one record were, those behind it in its partition could be stored without it. Who
                // waits is told after `appendTimeout` that the outcome is unknown.
                "delivery.timeout.ms": "0",
                "message.max.bytes": String(configuration.maximumRecordBytes + KafkaLog.recordOverhead),
            ]),
            metadataTimeout: configuration.requestTimeout)
    }

    func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let outcomes = await outcomes(of: records)
        counters.appended(outcomes, of: records)
        return outcomes
    }

    private func outcomes(of records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let sending = OutgoingRecords(records, maximumRecordBytes: configuration.maximumRecordBytes)
        guard !sending.messages.isEmpty else { return sending.outcomes(of: []) }
        do {
            let producer = try usableProducer()
            let deliveries = try await producer.produce(sending.messages, limit: configuration.appendTimeout)
            if deliveries.contains(where: \.isFatal) { discard(producer) }
            return sending.outcomes(of: deliveries)
        } catch let error as KafkaError {
            return sending.outcomes(failure: error.isFatal ? .unavailable(error.message) : LogError(error))
        } catch {
            return sending.outcomes(
                failure: .outcomeUnknown("the append was cancelled while its records were on their way"))
        }
    }

    /// A fatal error (the broker has lost track of the producer's sequence) ends a producer; another one goes on.
    private func usableProducer() throws -> KafkaProducer {
        if let current = producer.withLock({ $0 }), current.fatalError != nil { discard(current) }
        return try producer.withLock { producer in
            if let producer { return producer }
            let next = try makeProducer()
            producer = next
            return next
        }
    }

    private func discard(_ useless: KafkaProducer) {
        let mine = producer.withLock { producer in
            if producer === useless { producer = nil }
            return producer == nil
        }
        // Its waiting callers are told so.
        if mine { Task { await useless.close(limit: .zero) } }
    }

    func close() async {
        await producer.withLock { $0 }?.close(limit: .seconds(30))
    }

    func abandon() {
        producer.withLock { $0 }?.abandon()
    }
}

extension Result where Success == DeliveryReport, Failure == KafkaError {
    fileprivate var isFatal: Bool {
        if case .failure(let error) = self { error.isFatal } else { false }
    }
}
