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
            guard let layout = layout() else { throw Self.damage(header, partition) }
            let position = layout.offset
            if position >= end {
                // The next call begins with this record.
                at = recordStart
                return
            }
            if position >= start {
                let record = Record(
                    key: layout.key.map { Array(UnsafeRawBufferPointer(rebasing: bytes[$0])) },
                    value: layout.value.map { Array(UnsafeRawBufferPointer(rebasing: bytes[$0])) },
                    headers: RecordHeaders(
                        trusting: Array(UnsafeRawBufferPointer(rebasing: bytes[layout.headers]))))
                records.append(StoredRecord(offset: position, time: layout.time, record: record))
            }
            at = layout.headers.upperBound
        }
    }

    /// Walks over all records without copying them: the key, nil for none, is good only inside the call.
    mutating func walk(
        of partition: StreamPartition,
        _ body: (_ key: UnsafeRawBufferPointer?, _ hasValue: Bool, _ time: Timestamp) -> Void
    ) throws {
        while at < bytes.count {
            guard let layout = layout() else { throw Self.damage(header, partition) }
            body(layout.key.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }, layout.value != nil, layout.time)
            at = layout.headers.upperBound
        }
    }

    /// Where the parts of a record lie.
    private struct Layout {
        var offset: Int64
        var time: Timestamp
        var key: Range<Int>?
        var value: Range<Int>?
        var headers: Range<Int>
    }

    /// The layout of the record that begins here, with its numbers stepped over; nil when it cannot be.
    @inline(__always)
    private mutating func layout() -> Layout? {
        guard let offset = number(), let time = number(), let keyLength = number(), let valueLength = number(),
            let headersLength = number(),
            keyLength <= bytes.count, valueLength <= bytes.count, headersLength <= bytes.count
        else { return nil }
        let keyEnd = at + max(0, Int(keyLength) - 1)
        let valueEnd = keyEnd + max(0, Int(valueLength) - 1)
        let recordEnd = valueEnd + Int(headersLength)
        guard recordEnd <= bytes.count else { return nil }
        return Layout(
            offset: header.base &+ Int64(bitPattern: offset),
            time: Timestamp(microseconds: header.firstTime &+ Int64(bitPattern: time)),
            key: keyLength == 0 ? nil : at..<keyEnd, value: valueLength == 0 ? nil : keyEnd..<valueEnd,
            headers: valueEnd..<recordEnd)
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
