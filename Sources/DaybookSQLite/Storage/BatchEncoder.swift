import Daybook

/// Packs records into the blobs of batch rows. The format, per record, with lengths and differences as LEB128 numbers:
/// offset minus the batch's first, log time minus the batch's first (microseconds), key length + 1 (0: null), value length + 1
/// (0: null), headers' length; then key, value and packed headers.
///
/// One encoder is used again and again, so that a commit allocates nothing. Unchecked, because only the writer's queue, which runs
/// one block at a time, uses it.
final class BatchEncoder: @unchecked Sendable {
    /// A read of a single record checks and walks a whole batch, so a batch stays small.
    static let maximumRecords = 256
    static let maximumBytes = 256 << 10

    private var buffer: UnsafeMutableRawPointer
    private var capacity: Int

    init() {
        capacity = 64 << 10
        buffer = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        buffer.deallocate()
    }

    /// How many of the first records make the next batch; at least 1.
    static func batchLength(_ records: ArraySlice<StoredRecord>) -> Int {
        var bytes = 0
        var count = 0
        for record in records {
            bytes += record.record.byteCount
            if count == maximumRecords || (count > 0 && bytes > maximumBytes) { break }
            count += 1
        }
        return count
    }

    /// Packs records, which must not be none, and hands their batch to the body; the bytes are good only inside the call.
    func encode<Result>(
        _ records: ArraySlice<StoredRecord>, partition: Int,
        _ body: (BatchHeader, UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result? {
        guard let first = records.first, let last = records.last else { return nil }
        reserve(records.reduce(0) { $0 + $1.record.byteCount + 40 })
        var at = buffer
        for stored in records {
            let record = stored.record
            put(UInt64(bitPattern: stored.offset &- first.offset), &at)
            put(UInt64(bitPattern: stored.time.microseconds &- first.time.microseconds), &at)
            put(record.key.map { UInt64($0.count + 1) } ?? 0, &at)
            put(record.value.map { UInt64($0.count + 1) } ?? 0, &at)
            put(UInt64(record.headers.packed.count), &at)
            if let key = record.key { put(key, &at) }
            if let value = record.value { put(value, &at) }
            put(record.headers.packed, &at)
        }
        let header = BatchHeader(
            partition: partition, base: first.offset, last: last.offset, count: records.count,
            firstTime: first.time.microseconds, lastTime: last.time.microseconds)
        return try body(header, UnsafeRawBufferPointer(start: buffer, count: at - buffer))
    }

    private func reserve(_ bytes: Int) {
        guard bytes > capacity else { return }
        buffer.deallocate()
        capacity = max(bytes, 2 * capacity)
        buffer = .allocate(byteCount: capacity, alignment: 8)
    }

    @inline(__always)
    private func put(_ number: UInt64, _ at: inout UnsafeMutableRawPointer) {
        var number = number
        while number >= 0x80 {
            at.storeBytes(of: UInt8(truncatingIfNeeded: number) | 0x80, as: UInt8.self)
            at += 1
            number >>= 7
        }
        at.storeBytes(of: UInt8(truncatingIfNeeded: number), as: UInt8.self)
        at += 1
    }

    @inline(__always)
    private func put(_ bytes: [UInt8], _ at: inout UnsafeMutableRawPointer) {
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { at.copyMemory(from: start, byteCount: source.count) }
        }
        at += bytes.count
    }
}
