public import Daybook

extension SQLiteLog {
    public func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        let reader = try SQLiteLogReader(database, table, counters)
        try await reader.add(starts)
        return reader
    }

    public func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try checkOpen()
        let reference = try table.reference(partition)
        guard let range = try table.watermarks(of: [partition])[partition], range.low < range.end else {
            return try table.watermarks(of: [partition])[partition]?.end ?? 0
        }
        return try await database.read("to find a time in \(partition)") {
            try BatchTable.offset(
                $0, reference, atOrAfter: time.microseconds, from: range.low, below: range.end)
        }
    }

    public func records(at positions: [Position]) async throws -> [StoredRecord?] {
        try checkOpen()
        var result: [StoredRecord?] = []
        result.reserveCapacity(positions.count)
        var stored: [PartitionReference: [(offset: Int64, index: Int)]] = [:]
        for (index, recent) in try table.recentRecords(at: positions).enumerated() {
            if recent == nil {
                stored[try table.reference(positions[index].partition), default: []].append(
                    (positions[index].offset, index))
            }
            result.append(recent ?? nil)
        }
        if !stored.isEmpty {
            for (reference, wanted) in stored {
                let wanted = wanted.sorted { $0.offset < $1.offset }
                let offsets = wanted.map(\.offset)
                let found = try await database.read("to read records of \(reference.name)") {
                    try BatchTable.records($0, reference, at: offsets)
                }
                for (record, (_, index)) in zip(found, wanted) { result[index] = record }
            }
        }
        counters.read(result.compactMap(\.self))
        return result
    }

    func checkOpen() throws {
        if closing.hasBegun { throw LogError.closed }
        try Task.checkCancellation()
    }
}
