import Daybook

/// The arbiter's memory as the log holds it: a compacted stream with the state of each hash.
enum DedupStream {
    /// The record of a hash's state; nil ends it.
    static func record(_ digest: HashDigest, _ state: HashState?, in partition: StreamPartition) -> NewRecord {
        NewRecord(partition, Record(key: digest.bytes, value: state?.wireBytes))
    }

    /// Reads what a memory does not know of partitions, up to their present ends.
    ///
    /// - Throws: ``LogError``.
    static func replay(
        _ ranges: [StreamPartition: Watermarks], of log: any EventLog, into memory: inout ArbiterMemory
    ) async throws {
        var open = ranges
        for (partition, range) in ranges {
            let next = memory.next(in: partition.partition) ?? range.low
            open[partition] = next < range.end ? Watermarks(low: next, end: range.end) : nil
        }
        guard !open.isEmpty else { return }
        let reader = try await log.reader(from: open.mapValues(\.low))
        do {
            while !open.isEmpty {
                let batch = try await reader.next(maximum: 4096)
                guard let end = open[batch.partition]?.end else { continue }
                for stored in batch.records where stored.offset < end {
                    try memory.replay(stored, in: batch.partition)
                }
                if batch.nextOffset >= end {
                    memory.pass(to: end, in: batch.partition.partition)
                    open[batch.partition] = nil
                }
            }
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }

    /// The state that a record tells of.
    static func state(
        _ stored: StoredRecord, in partition: StreamPartition
    ) throws(LogError) -> (HashDigest, HashState?) {
        let position = Position(partition, stored.offset)
        guard let key = stored.record.key, let digest = HashDigest(bytes: key) else {
            throw .corrupt("record \(position) has no hash's digest for its key")
        }
        do throws(InvalidRecord) {
            guard let value = stored.record.value else { return (digest, nil) }
            return (digest, try HashState(wireBytes: value))
        } catch {
            throw .corrupt("record \(position): \(error)")
        }
    }
}
