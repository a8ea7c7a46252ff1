import Daybook

/// How a snapshot lies in its file: the header, meta data, names, pages of rows, chunks of texts, a checksum of it all.
///
/// Rows and texts are written as they lie in memory, so that loading them is reading them; hence they are good for the same
/// layout of rows on the same kind of machine only, which ``layout`` tells.
enum SnapshotFormat {
    static let magic: UInt64 = 0x3158_4E49_4B42_5944  // "DYBKINX1"

    /// Changes when rows lie otherwise in memory.
    static var layout: UInt64 {
        var hash = XXHash64(seed: 3)
        for offset in Row.fieldOffsets + [MemoryLayout<Row>.stride, TextArena.chunkBytes, PageSize.elements] {
            withUnsafeBytes(of: Int64(offset ?? -1)) { hash.update($0) }
        }
        return hash.value
    }

    /// The fixed part at the beginning.
    struct Header: BitwiseCopyable {
        var magic = SnapshotFormat.magic
        var layout = SnapshotFormat.layout
        var fileBytes: UInt64 = 0
        var metaBytes: UInt64 = 0
        var namesBytes: UInt64 = 0
        var rowCount: UInt64 = 0
        var chunkCount: UInt64 = 0
        var reserved: UInt64 = 0
    }

    static let checksumBytes = 8
}

extension Row {
    fileprivate static var fieldOffsets: [Int?] {
        [
            MemoryLayout<Row>.offset(of: \.createdAt), MemoryLayout<Row>.offset(of: \.createdTime),
            MemoryLayout<Row>.offset(of: \.createdOffset), MemoryLayout<Row>.offset(of: \.partition),
            MemoryLayout<Row>.offset(of: \.status), MemoryLayout<Row>.offset(of: \.traits),
            MemoryLayout<Row>.offset(of: \.flags), MemoryLayout<Row>.offset(of: \.topic),
            MemoryLayout<Row>.offset(of: \.project), MemoryLayout<Row>.offset(of: \.user),
            MemoryLayout<Row>.offset(of: \.sender), MemoryLayout<Row>.offset(of: \.hash),
            MemoryLayout<Row>.offset(of: \.dependsOn), MemoryLayout<Row>.offset(of: \.progress),
            MemoryLayout<Row>.offset(of: \.idHigh), MemoryLayout<Row>.offset(of: \.idLow),
            MemoryLayout<Row>.offset(of: \.updatedAt), MemoryLayout<Row>.offset(of: \.lastOffset),
            MemoryLayout<Row>.offset(of: \.payloadOffset), MemoryLayout<Row>.offset(of: \.retries),
            MemoryLayout<Row>.offset(of: \.senderType), MemoryLayout<Row>.offset(of: \.actor),
            MemoryLayout<Row>.offset(of: \.text),
        ]
    }
}

/// What a snapshot says of itself.
struct SnapshotMeta: Hashable {
    var identity: String
    var prefix: String
    var bounds: IndexBounds
    var marks: [IndexImage.Mark]

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.text(identity)
        writer.text(prefix)
        writer.number(Int64(bounds.maximumEventsPerPartition ?? -1))
        let age = bounds.maximumAge?.components
        writer.number(age?.seconds ?? -1)
        writer.number(age?.attoseconds ?? -1)
        writer.number(Int64(marks.count))
        for mark in marks {
            writer.text(mark.partition.stream)
            writer.number(Int64(mark.partition.partition))
            writer.number(mark.next)
            writer.number(mark.newestTime)
            writer.number(mark.lastOffset)
            writer.number(Int64(bitPattern: mark.fingerprint))
        }
        return writer.bytes
    }

    init(identity: String, prefix: String, bounds: IndexBounds, marks: [IndexImage.Mark]) {
        self.identity = identity
        self.prefix = prefix
        self.bounds = bounds
        self.marks = marks
    }

    /// Nil when the bytes are not those of a meta data block.
    init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let identity = reader.text(), let prefix = reader.text(), let events = reader.number(),
            let seconds = reader.number(), let attoseconds = reader.number(), let count = reader.number(),
            count >= 0, count <= bytes.count
        else { return nil }
        bounds = IndexBounds(
            maximumEventsPerPartition: events < 0 ? nil : Int(events),
            maximumAge: seconds < 0 ? nil : Duration(secondsComponent: seconds, attosecondsComponent: attoseconds))
        self.identity = identity
        self.prefix = prefix
        marks = []
        for _ in 0..<count {
            guard let stream = reader.text(), let partition = reader.number().flatMap(Int32.init(exactly:)),
                let next = reader.number(), let newestTime = reader.number(), let lastOffset = reader.number(),
                let fingerprint = reader.number()
            else { return nil }
            marks.append(
                IndexImage.Mark(
                    partition: StreamPartition(stream, partition), next: next, newestTime: newestTime,
                    lastOffset: lastOffset, fingerprint: UInt64(bitPattern: fingerprint)))
        }
    }
}

/// Writes numbers and texts one behind the other.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ text: String) {
        number(Int64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

/// Reads what a ``ByteWriter`` wrote; nil where the bytes end before.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func number() -> Int64? {
        guard rest.count >= 8 else { return nil }
        let number = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        return Int64(bitPattern: number)
    }

    /// A count, and so many elements; each takes eight bytes or more.
    mutating func list<Element>(_ element: (inout ByteReader) -> Element?) -> [Element]? {
        guard let count = number(), count >= 0, count <= rest.count / 8 else { return nil }
        var list: [Element] = []
        list.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let next = element(&self) else { return nil }
            list.append(next)
        }
        return list
    }

    mutating func text() -> String? {
        guard let count = number(), count >= 0, count <= rest.count else { return nil }
        let text = String(validating: rest.prefix(Int(count)), as: UTF8.self)
        rest = rest.dropFirst(Int(count))
        return text
    }
}
