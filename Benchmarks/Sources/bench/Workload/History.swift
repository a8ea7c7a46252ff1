import Daybook
import LosslessJSON

/// A history as a log hands it to readers: batches of one partition each, with offsets and log times.
struct History: Sequence, IteratorProtocol {
    static let stream = "bench.\(Workload.family)"
    /// As many records as the projector asks for.
    private static let batchSize = 2048

    private var workload = Workload()
    private var nextOffsets = [Int64](repeating: 0, count: Int(Workload.partitions))
    private var waiting: [RecordBatch] = []
    private var left: Int
    private var made = 0
    /// Of what has been handed out.
    private(set) var events = 0
    /// The texts that belong to one event alone: descriptions and summaries.
    private(set) var textBytes = 0

    init(records: Int) {
        left = records
    }

    mutating func next() -> RecordBatch? {
        if waiting.isEmpty { fill() }
        return waiting.popLast()
    }

    /// Makes the next records of all partitions, a batch of each.
    private mutating func fill() {
        let count = Swift.min(left, Self.batchSize * Int(Workload.partitions))
        left -= count
        var batches: [[StoredRecord]] = Array(repeating: [], count: Int(Workload.partitions))
        for entry in workload.history(count) {
            let partition = Int(Self.partition(of: entry.event))
            batches[partition].append(
                StoredRecord(
                    offset: nextOffsets[partition], time: workload.time(ofRecord: made),
                    record: RecordEncoder.encode(entry)))
            nextOffsets[partition] += 1
            made += 1
            guard entry.operation == .created else { continue }
            events += 1
            textBytes += entry.event.description.utf8.count + entry.event.summary.bytes.count
        }
        waiting = batches.enumerated().reversed().compactMap { partition, records in
            guard let last = records.last else { return nil }
            return RecordBatch(
                partition: StreamPartition(Self.stream, Int32(partition)), records: records,
                nextOffset: last.offset + 1,
                end: last.offset + 1)
        }
    }

    static func partition(of event: Event) -> Int32 {
        event.id.withHexDigits { Partitioner.partition(of: $0, partitions: Workload.partitions) }
    }
}
