import Daybook

/// The arbiter's memory as the log holds it: a compacted stream with the state of each hash.
enum DedupStream {
    /// The record of a hash's state; nil ends it.
    static func record(_ digest: HashDigest, _ state: HashState?, in partition: StreamPartition) -> NewRecord {
        NewRecord(partition, Record(key: digest.bytes, value: state?.wireBytes))
    }

    /// Reads partitions up to their present ends.
    ///
    /// - Throws: ``LogError``: what cannot be read must not be forgotten, or its hash would be given twice.
    static func read(
        _ partitions: [StreamPartition], of log: any EventLog, _ body: (HashDigest, HashState?) throws -> Void
    ) async throws {
        let ranges = try await log.watermarks(of: partitions)
        var open = ranges.filter { $0.value.low < $0.value.end }
        guard !open.isEmpty else { return }
        let reader = try await log.reader(from: open.mapValues(\.low))
        do {
            while !open.isEmpty {
                let batch = try await reader.next(maximum: 4096)
                guard let end = open[batch.partition]?.end else { continue }
                for stored in batch.records where stored.offset < end {
                    try take(stored, at: Position(batch.partition, stored.offset), body)
                }
                if batch.nextOffset >= end { open[batch.partition] = nil }
            }
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }

    private static func take(
        _ stored: StoredRecord, at position: Position, _ body: (HashDigest, HashState?) throws -> Void
    ) throws {
        guard let key = stored.record.key, let digest = HashDigest(bytes: key) else {
            throw LogError.corrupt("record \(position) has no hash's digest for its key")
        }
        do {
            try body(digest, try stored.record.value.map { try HashState(wireBytes: $0) })
        } catch let error as InvalidRecord {
            throw LogError.corrupt("record \(position): \(error)")
        }
    }
}
