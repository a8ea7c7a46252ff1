import Daybook
import DaybookTesting
import Testing

extension EventLog {
    /// Everything a stream holds, partition by partition.
    func everything(in stream: StreamSpecification) async throws -> [(position: Position, record: EventRecord)] {
        var found: [(position: Position, record: EventRecord)] = []
        for partition in stream.allPartitions {
            for stored in try await records(in: partition) {
                found.append((Position(partition, stored.offset), try RecordDecoder.decode(stored.record)))
            }
        }
        return found
    }

    /// The records of a partition, in order.
    func records(in partition: StreamPartition) async throws -> [StoredRecord] {
        guard let range = try await watermarks(of: [partition])[partition], range.low < range.end else { return [] }
        let reader = try await reader(from: [partition: range.low])
        var found: [StoredRecord] = []
        var next = range.low
        while next < range.end {
            let batch = try await reader.next(maximum: 1000)
            next = batch.nextOffset
            found += batch.records
        }
        await reader.close()
        return found
    }
}
