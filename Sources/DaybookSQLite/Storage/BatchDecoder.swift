import Daybook

/// Unpacks the records of a batch row; see ``BatchEncoder`` for the format.
struct BatchDecoder {
    private let header: BatchHeader
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    /// - Throws: ``LogError/corrupt(_:)`` when the checksum does not fit.
    init(_ header: BatchHeader, _ bytes: UnsafeRawBufferPointer, checksum: Int64, of partition: StreamPartition) throws
    {
        guard header.checksum(of: bytes) == checksum else { throw Self.damage(header, partition) }
        self.header = header
        self.bytes = bytes
    }

    /// Appends the batch's records from an offset on, and below an end, until there are `limit` of them.
    ///
    /// Records that are not wanted are stepped over without being copied.
    mutating func decode(
        from start: Int64, below end: Int64, limit: Int, of partition: StreamPartition,
        into records: inout [StoredRecord]
    ) throws {
        while at < bytes.count, records.count < limit {
            let recordStart = at
            guard let offset = number(), let time = number(), let keyLength = number(), let valueLength = number(),
                let headersLength = number(),
                keyLength <= bytes.count, valueLength <= bytes.count, headersLength <= bytes.count
            else { throw Self.damage(header, partition) }
            let keyEnd = at + max(0, Int(keyLength) - 1)
            let valueEnd = keyEnd + max(0, Int(valueLength) - 1)
            let recordEnd = valueEnd + Int(headersLength)
            guard recordEnd <= bytes.count else { throw Self.damage(header, partition) }
            let position = header.base &+ Int64(bitPattern: offset)
            if position >= end {
                // The next call begins with this record.
                at = recordStart
                return
            }
            if position >= start {
                let record = Record(
                    key: keyLength == 0 ? nil : Array(UnsafeRawBufferPointer(rebasing: bytes[at..<keyEnd])),
                    value: valueLength == 0 ? nil : Array(UnsafeRawBufferPointer(rebasing: bytes[keyEnd..<valueEnd])),
                    headers: RecordHeaders(
                        trusting: Array(UnsafeRawBufferPointer(rebasing: bytes[valueEnd..<recordEnd]))))
                let taken = Timestamp(microseconds: header.firstTime &+ Int64(bitPattern: time))
                records.append(StoredRecord(offset: position, time: taken, record: record))
            }
            at = recordEnd
        }
    }

    @inline(__always)
    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count, shift < 64 {
            let byte = bytes[at]
            at &+= 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        return nil
    }

    private static func damage(_ header: BatchHeader, _ partition: StreamPartition) -> LogError {
        .corrupt(
            "the records of \(partition) from offset \(header.base) up to \(header.last) do not fit their checksum; "
                + "all others can be read, from offset \(header.last + 1) on; a backup may still have these")
    }
}
