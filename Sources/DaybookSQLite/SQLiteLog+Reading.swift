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
        // Those that are in the log and not in its tail.
        let places = try table.recentRecords(at: positions)
        var result = places.map { $0 ?? nil }
        var wanted: [(index: Int, partition: PartitionReference, offset: Int64)] = []
        for (index, position) in positions.enumerated() where places[index] == nil {
            let partition = try table.reference(position.partition)
            if let record = cache[RecordCache.Key(id: partition.id, offset: position.offset)] {
                result[index] = record
            } else {
                wanted.append((index, partition, position.offset))
            }
        }
        // In order, so that records of one batch are found in one reading of it.
        wanted.sort { ($0.partition.id, $0.offset) < ($1.partition.id, $1.offset) }
        if !wanted.isEmpty {
            let found = try await database.read("to read records by their positions") { [wanted] database in
                try wanted.chunked { $0.partition.id == $1.partition.id }.flatMap { wanted in
                    guard let partition = wanted.first?.partition else { return [StoredRecord?]() }
                    return try BatchTable.records(database, partition, at: wanted.map(\.offset))
                }
            }
            for (record, wanted) in zip(found, wanted) {
                result[wanted.index] = record
                guard let record, !table.isCompacted(wanted.partition) else { continue }
                cache.insert(record, for: RecordCache.Key(id: wanted.partition.id, offset: wanted.offset))
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
