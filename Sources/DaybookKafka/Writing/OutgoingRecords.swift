import Daybook
import KafkaClient

/// Records on their way to the producer, without those that it need not be asked about.
struct OutgoingRecords {
    private let records: [NewRecord]
    /// What to send, in order.
    private(set) var messages: [OutgoingMessage] = []
    /// Why the others are not sent, by their place among the records.
    private var refusals: [Int: LogError] = [:]

    init(_ records: [NewRecord], maximumRecordBytes maximum: Int) {
        self.records = records
        messages.reserveCapacity(records.count)
        // None may follow one of its partition that is refused.
        var closed: Set<StreamPartition> = []
        for (index, new) in records.enumerated() {
            if !closed.isEmpty, closed.contains(new.partition) {
                refusals[index] = .precedingFailed
            } else if new.record.byteCount > maximum {
                refusals[index] = .tooLarge(bytes: new.record.byteCount, maximum: maximum)
                closed.insert(new.partition)
            } else {
                messages.append(
                    OutgoingMessage(
                        topic: new.partition.stream, partition: new.partition.partition, key: new.record.key,
                        value: new.record.value, headers: new.record.headers.packed))
            }
        }
    }

    /// The outcome of each record.
    /// - Parameter deliveries: of each message.
    func outcomes(of deliveries: [Result<DeliveryReport, KafkaError>]) -> [Result<Appended, LogError>] {
        var sent = deliveries.makeIterator()
        return records.enumerated().map { index, new in
            if let refusal = refusals[index] { return .failure(refusal) }
            switch sent.next() {
            case .success(let delivery):
                return .success(
                    Appended(
                        position: Position(new.partition, delivery.offset),
                        time: Timestamp(milliseconds: delivery.timestamp)))
            case .failure(let error): return .failure(LogError(error, at: new.partition))
            case nil: return .failure(.closed)
            }
        }
    }

    /// The same where none of the messages was taken.
    func outcomes(failure: LogError) -> [Result<Appended, LogError>] {
        records.indices.map { .failure(refusals[$0] ?? failure) }
    }
}
