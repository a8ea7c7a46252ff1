import Daybook

/// Records as a log would hold them: with partitions, offsets and log times.
struct History {
    struct Entry {
        var partition: Int32
        var stored: StoredRecord
    }

    private var workload: Workload
    private var nextOffsets = [Int64](repeating: 0, count: Int(Workload.partitions))
    private var count = 0

    init(_ workload: Workload = Workload()) {
        self.workload = workload
    }

    /// The next records.
    mutating func next(_ count: Int) -> [Entry] {
        workload.history(count).map { entry in
            let partition = entry.event.id.withHexDigits {
                Partitioner.partition(of: $0, partitions: Workload.partitions)
            }
            let stored = StoredRecord(
                offset: nextOffsets[Int(partition)], time: workload.time(ofRecord: self.count),
                record: RecordEncoder.encode(entry))
            nextOffsets[Int(partition)] += 1
            self.count += 1
            return Entry(partition: partition, stored: stored)
        }
    }

    /// The records of events that are published, in their order.
    static func published(_ events: [Event]) -> [Entry] {
        let workload = Workload()
        var nextOffsets = [Int64](repeating: 0, count: Int(Workload.partitions))
        return events.enumerated().map { at, event in
            let record = RecordEncoder.encode(
                EventRecord(operation: .created, recordID: event.id.description, event: event))
            let partition = event.id.withHexDigits { Partitioner.partition(of: $0, partitions: Workload.partitions) }
            defer { nextOffsets[Int(partition)] += 1 }
            return Entry(
                partition: partition,
                stored: StoredRecord(
                    offset: nextOffsets[Int(partition)], time: workload.time(ofRecord: at), record: record))
        }
    }
}
