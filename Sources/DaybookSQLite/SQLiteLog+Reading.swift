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
        let range = table.watermarks(of: reference.id)
        if range.low == range.end { return range.end }
        return try await database.read("to find a time in \(partition)") {
            try BatchTable.offset(
                $0, reference, atOrAfter: time.microseconds, from: range.low, below: range.end)
        }
    }

    public func records(at positions: [Position]) async throws -> [StoredRecord?] {
        try checkOpen()
        let recent = try table.recentRecords(at: positions)
        var result = recent.map { $0 ?? nil }
        // In order, so that records of one batch are found in one reading of it.
        let wanted = try recent.indices.filter { recent[$0] == nil }
            .map { (index: $0, partition: try table.reference(positions[$0].partition), offset: positions[$0].offset) }
            .sorted { ($0.partition.id, $0.offset) < ($1.partition.id, $1.offset) }
        if !wanted.isEmpty {
            let found = try await database.read("to read records by their positions") { database in
                try wanted.chunked { $0.partition.id == $1.partition.id }.flatMap { wanted in
                    guard let partition = wanted.first?.partition else { return [StoredRecord?]() }
                    return try BatchTable.records(database, partition, at: wanted.map(\.offset))
                }
            }
            for (record, wanted) in zip(found, wanted) { result[wanted.index] = record }
        }
        counters.read(result.compactMap(\.self))
        return result
    }

    func checkOpen() throws {
        if closing.hasBegun { throw LogError.closed }
        try Task.checkCancellation()
    }
}

extension Array {
    /// Cuts it wherever two neighbours do not belong together.
    fileprivate func chunked(by belong: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var chunks: [ArraySlice<Element>] = []
        var start = startIndex
        for index in indices where index > start && !belong(self[index - 1], self[index]) {
            chunks.append(self[start..<index])
            start = index
        }
        return start < endIndex ? chunks + [self[start...]] : chunks
    }
}
