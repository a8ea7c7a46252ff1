import Daybook

/// Writes an image of the index to a file: rows in the order of queries, so that loading them is appending, and texts
/// without the garbage between them.
struct SnapshotWriter {
    private let image: IndexImage
    private let meta: SnapshotMeta

    init(_ image: IndexImage, identity: String, prefix: String) {
        self.image = image
        meta = SnapshotMeta(identity: identity, prefix: prefix, bounds: image.bounds, marks: image.marks)
    }

    func write(to file: inout SnapshotFile) throws(SnapshotFile.Failure) {
        let order = self.order
        let packing = TextPacking(order, image)
        let meta = self.meta.bytes
        let names = image.names.reduce(into: 0) { $0 += Self.bytes(of: $1) }
        var header = SnapshotFormat.Header()
        header.metaBytes = UInt64(meta.count)
        header.namesBytes = UInt64(names)
        header.rowCount = UInt64(order.count)
        header.chunkCount = UInt64(packing.chunks.count)
        header.fileBytes = UInt64(
            MemoryLayout<SnapshotFormat.Header>.size + packing.chunks.count * 8 + meta.count + names
                + order.count * MemoryLayout<Row>.stride + packing.chunks.reduce(0, +) + SnapshotFormat.checksumBytes)
        try file.write(value: header)
        for length in packing.chunks { try file.write(value: UInt64(length)) }
        try file.write(meta)
        for facet in image.names { try Self.write(facet, to: &file) }
        try writeRows(order, packing, to: &file)
        try writeTexts(order, to: &file)
        try file.finish()
    }

    /// All rows that hold events, in the order of queries.
    private var order: [UInt32] {
        // Compared by the first part of their keys beforehand, which nearly always tells.
        var entries: [(createdAt: Int64, row: UInt32)] = []
        entries.reserveCapacity(image.rows.count)
        for row in image.usedRows { entries.append((image.rows.pointer(row).pointee.createdAt, row)) }
        let partitions = image.partitions
        entries.sort { a, b in
            if a.createdAt != b.createdAt { return a.createdAt < b.createdAt }
            let (a, b) = (image.rows.pointer(a.row), image.rows.pointer(b.row))
            if a.pointee.createdTime != b.pointee.createdTime { return a.pointee.createdTime < b.pointee.createdTime }
            if a.pointee.partition != b.pointee.partition {
                return partitions[Int(a.pointee.partition)] < partitions[Int(b.pointee.partition)]
            }
            return a.pointee.createdOffset < b.pointee.createdOffset
        }
        return entries.map(\.row)
    }

    private func writeRows(
        _ order: [UInt32], _ packing: TextPacking, to file: inout SnapshotFile
    ) throws(SnapshotFile.Failure) {
        for (at, number) in order.enumerated() {
            var row = image.rows.pointer(number).pointee
            row.text = packing.references[at]
            try file.write(value: row)
        }
    }

    private func writeTexts(_ order: [UInt32], to file: inout SnapshotFile) throws(SnapshotFile.Failure) {
        for (at, number) in order.enumerated() {
            let reference = image.rows.pointer(number).pointee.text
            guard reference != TextArena.none else { continue }
            let bytes = image.texts[reference]
            try file.write(value: UInt32(at))
            try file.write(value: UInt32(bytes.count))
            try file.write(bytes)
            let padding = TextArena.blockBytes(bytes.count) - TextArena.headerBytes - bytes.count
            if padding > 0 { try file.write([UInt8](repeating: 0, count: padding)) }
        }
    }

    // MARK: - Names

    /// The lengths by number (all ones: no value), then the values.
    private static func bytes(of names: IndexImage.Names) -> Int {
        8 + (0..<UInt32(names.values.count)).reduce(0) { $0 + 4 + (names[$1]?.count ?? 0) }
    }

    private static func write(
        _ names: IndexImage.Names, to file: inout SnapshotFile
    ) throws(SnapshotFile.Failure) {
        try file.write(value: UInt64(names.values.count))
        for number in 0..<UInt32(names.values.count) {
            try file.write(value: names[number].map { UInt32($0.count) } ?? .max)
        }
        for number in 0..<UInt32(names.values.count) {
            if let value = names[number] { try file.write(value) }
        }
    }
}

/// Where the texts of rows come to lie when they are written one behind the other.
private struct TextPacking {
    /// By place in the order of rows.
    var references: [TextArena.Reference] = []
    /// How many bytes of each chunk are used.
    var chunks: [Int] = []

    init(_ order: [UInt32], _ image: IndexImage) {
        references.reserveCapacity(order.count)
        for number in order {
            let text = image.rows.pointer(number).pointee.text
            guard text != TextArena.none else {
                references.append(TextArena.none)
                continue
            }
            let size = TextArena.blockBytes(image.texts[text].count)
            if chunks.last.map({ $0 + size > TextArena.chunkBytes }) ?? true { chunks.append(0) }
            references.append(TextArena.reference(chunk: chunks.count - 1, offset: chunks[chunks.count - 1]))
            chunks[chunks.count - 1] += size
        }
    }
}
