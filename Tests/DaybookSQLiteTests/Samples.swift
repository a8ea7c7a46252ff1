import Daybook
import DaybookSQLite
import Testing

let orders = StreamPartition("orders", 0)

/// A record whose content tells where it should be.
func sample(_ number: Int, key: String? = nil, size: Int = 16) -> Record {
    var headers = RecordHeaders()
    headers.append("number", "\(number)")
    return Record(
        key: key.map { Array($0.utf8) }, value: Array("value \(number) ".utf8) + [UInt8](repeating: 46, count: size),
        headers: headers)
}

func samples(_ numbers: Range<Int>, in partition: StreamPartition = orders, size: Int = 16) -> [NewRecord] {
    numbers.map { NewRecord(partition, sample($0, size: size)) }
}

extension SQLiteLog {
    /// Appends and expects that all of it is stored.
    @discardableResult
    func store(_ records: [NewRecord], sourceLocation: SourceLocation = #_sourceLocation) async throws -> [Appended] {
        try await append(records).map { try $0.get() }
    }

    /// Reads a partition from an offset to its end.
    func all(_ partition: StreamPartition = orders, from start: Int64? = nil, maximum: Int = 1000) async throws
        -> [StoredRecord]
    {
        let range = try #require(try await watermarks(of: [partition])[partition])
        let reader = try await reader(from: [partition: start ?? range.low])
        defer { Task { await reader.close() } }
        var records: [StoredRecord] = []
        var next = start ?? range.low
        while next < range.end {
            let batch = try await reader.next(maximum: maximum)
            records += batch.records
            next = batch.nextOffset
        }
        return records
    }
}
