import Daybook
import KafkaClient

/// Messages as they came from Kafka, cut into batches of one partition each.
struct PendingBatches {
    private var batches: [RecordBatch] = []
    /// Where `batches` begins: what lies before was given out.
    private var head = 0
    /// Where each partition will stand when all batches are given out.
    private var next: [StreamPartition: Int64] = [:]

    var isEmpty: Bool { head == batches.count }

    /// Where each partition stands when everything is given out that has come so far.
    func position(of partition: StreamPartition) -> Int64? { next[partition] }

    var partitions: [StreamPartition] { Array(next.keys) }

    /// These partitions are read from these offsets on. What there is of them is dropped.
    mutating func start(_ starts: [StreamPartition: Int64]) {
        drop(Set(starts.keys))
        next.merge(starts) { $1 }
    }

    /// These partitions are read no more.
    mutating func stop(_ partitions: Set<StreamPartition>) {
        drop(partitions)
        for partition in partitions { next[partition] = nil }
    }

    private mutating func drop(_ partitions: Set<StreamPartition>) {
        batches = batches[head...].filter { !partitions.contains($0.partition) }
        head = 0
    }

    mutating func add(_ batch: ConsumerBatch) {
        if isEmpty { (batches, head) = ([], 0) }
        let first = batches.count
        for message in batch.messages {
            let stored = StoredRecord(message)
            if batches.count > first, let last = batches.last, last.partition.partition == message.partition,
                last.partition.stream == message.topic
            {
                batches[batches.count - 1].records.append(stored)
            } else {
                let partition = StreamPartition(message.topic, message.partition)
                // Assigned and removed in the meantime.
                guard next[partition] != nil else { continue }
                batches.append(RecordBatch(partition: partition, records: [stored], nextOffset: 0, end: 0))
            }
        }
        let progress = Dictionary(
            batch.progress.map { (StreamPartition($0.topicPartition), $0) }, uniquingKeysWith: { $1 })
        var isLast: Set<StreamPartition> = []
        for index in (first..<batches.count).reversed() {
            let partition = batches[index].partition
            let behind = (batches[index].records.last?.offset ?? -1) + 1
            let told = progress[partition]
            batches[index].nextOffset = behind
            batches[index].end = max(told?.end ?? behind, behind)
            if isLast.insert(partition).inserted {
                batches[index].nextOffset = max(told?.position ?? behind, behind)
                batches[index].end = max(batches[index].end, batches[index].nextOffset)
                next[partition] = batches[index].nextOffset
            }
        }
        for (partition, told) in progress where !isLast.contains(partition) {
            guard let position = next[partition], told.position > position else { continue }
            next[partition] = told.position
            batches.append(
                RecordBatch(partition: partition, records: [], nextOffset: told.position, end: told.end))
        }
    }

    /// The next batch, with no more records than asked for.
    mutating func take(maximum: Int) -> RecordBatch? {
        guard head < batches.count else { return nil }
        let batch = batches[head]
        guard batch.records.count > maximum else {
            // Lets go of the records.
            batches[head].records = []
            head += 1
            return batch
        }
        let part = Array(batch.records.prefix(maximum))
        batches[head].records.removeFirst(part.count)
        return RecordBatch(
            partition: batch.partition, records: part, nextOffset: (part.last?.offset ?? -1) + 1, end: batch.end)
    }
}

extension StoredRecord {
    init(_ message: IncomingMessage) {
        self.init(
            offset: message.offset, time: Timestamp(milliseconds: message.timestamp),
            record: Record(
                key: message.key, value: message.value, headers: RecordHeaders(trusting: message.headers)))
    }
}
