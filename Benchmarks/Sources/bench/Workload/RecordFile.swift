import Daybook
import Glibc

/// Writes records to the file that the C programs read: "DBR1", the count (UInt32), and for each record the partition
/// (Int32), the log time (Int64, microseconds), the lengths of key, value (-1: null) and headers (Int32 each), and
/// their bytes; little endian.
struct RecordFile {
    let path: String
    private(set) var count = 0
    private(set) var bytes = 0
    private(set) var headers = 0
    /// Where the records are a history: how many events it is of, and the bytes of their own texts.
    private(set) var events = 0
    private(set) var textBytes = 0
    private let file: UnsafeMutablePointer<FILE>
    private var buffer: [UInt8] = []

    init(path: String) throws {
        guard let file = fopen(path, "w") else {
            throw BenchError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        self.path = path
        self.file = file
        buffer.append(contentsOf: "DBR1".utf8)
        put(UInt32(0))
    }

    /// Appends a record of a partition, taken by the log at a time.
    mutating func append(_ record: Record, partition: Int32, time: Timestamp) throws {
        put(partition)
        put(time.microseconds)
        put(Int32(record.key?.count ?? -1))
        put(Int32(record.value?.count ?? -1))
        put(Int32(record.headers.packed.count))
        buffer += record.key ?? []
        buffer += record.value ?? []
        buffer += record.headers.packed
        count += 1
        bytes += record.byteCount
        headers += record.headers.all.count
        if buffer.count > 1 << 20 { try flush() }
    }

    /// Appends all records of a history.
    mutating func append(_ history: History) throws {
        var history = history
        while let batch = history.next() {
            for stored in batch.records {
                try append(stored.record, partition: batch.partition.partition, time: stored.time)
            }
        }
        events = history.events
        textBytes = history.textBytes
    }

    /// Ends the file.
    mutating func close() throws {
        try flush()
        fseek(file, 4, SEEK_SET)
        put(UInt32(count))
        try flush()
        guard fclose(file) == 0 else { throw BenchError("cannot write \(path): the disk may be full") }
    }

    private mutating func flush() throws {
        guard fwrite(buffer, 1, buffer.count, file) == buffer.count else {
            throw BenchError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { buffer.append(contentsOf: $0) }
    }
}

extension RecordFile {
    /// What the records are like, in words.
    var summary: String {
        let (headers, bytes) = (headers / max(count, 1), bytes / max(count, 1))
        return "Records: \(headers) headers, \(bytes) bytes on average; both sides have the same."
    }
}
