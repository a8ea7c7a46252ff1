import Daybook

/// Reads a snapshot. Nothing in the file is made use of, but for lengths that fit the file, before the checksum of all of
/// it is found right.
enum SnapshotReader {
    /// What a snapshot holds, not yet put together.
    struct Contents: @unchecked Sendable {
        let meta: SnapshotMeta
        let names: [UInt8]
        let pages: [Page<Row>]
        let rowCount: Int
        let chunks: [(chunk: TextArena.Chunk, used: Int)]
    }

    /// - Throws: ``SnapshotRefusal``, ``SnapshotFile/Failure``.
    static func read(_ file: inout SnapshotFile) throws -> Contents {
        let size = try file.size
        guard size >= MemoryLayout<SnapshotFormat.Header>.size else { throw SnapshotRefusal.damaged }
        let header = try file.read(MemoryLayout<SnapshotFormat.Header>.size).withUnsafeBytes {
            $0.loadUnaligned(as: SnapshotFormat.Header.self)
        }
        guard header.magic == SnapshotFormat.magic else { throw SnapshotRefusal.damaged }
        guard header.layout == SnapshotFormat.layout else { throw SnapshotRefusal.otherVersion }
        var room = SnapshotRoom(fileBytes: size, header)
        let rowCount = try room.take(header.rowCount, of: MemoryLayout<Row>.stride)
        let chunkCount = try room.take(header.chunkCount, of: 8)
        let metaBytes = try room.take(header.metaBytes, of: 1)
        let namesBytes = try room.take(header.namesBytes, of: 1)
        let chunkLengths = try file.read(chunkCount * 8).withUnsafeBytes { bytes in
            (0..<chunkCount).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
        let used = try chunkLengths.map { try room.take($0, of: 1) }
        guard room.isUsedUp else { throw SnapshotRefusal.damaged }

        let metaBlock = try file.read(metaBytes)
        let names = try file.read(namesBytes)
        let pages = try readPages(rowCount, &file)
        let chunks = try used.map { try readChunk($0, &file) }
        let checksum = file.hash.value
        let stored = try file.read(SnapshotFormat.checksumBytes).withUnsafeBytes {
            $0.loadUnaligned(as: UInt64.self)
        }
        guard checksum == stored, let meta = SnapshotMeta(metaBlock) else { throw SnapshotRefusal.damaged }
        return Contents(meta: meta, names: names, pages: pages, rowCount: rowCount, chunks: chunks)
    }

    private static func readPages(_ rowCount: Int, _ file: inout SnapshotFile) throws -> [Page<Row>] {
        var pages: [Page<Row>] = []
        var left = rowCount
        while left > 0 {
            let page = Page<Row>()
            let count = min(left, PageSize.elements)
            try file.read(
                into: UnsafeMutableRawBufferPointer(start: page.elements, count: count * MemoryLayout<Row>.stride))
            pages.append(page)
            left -= count
        }
        return pages
    }

    private static func readChunk(
        _ used: Int, _ file: inout SnapshotFile
    ) throws -> (chunk: TextArena.Chunk, used: Int) {
        let chunk = TextArena.Chunk(capacity: max(used, TextArena.chunkBytes))
        try file.read(into: UnsafeMutableRawBufferPointer(start: chunk.bytes, count: used))
        return (chunk, used)
    }
}

/// Gives out the bytes of a file, so that no length in a damaged one makes us ask for memory that the file could not fill.
private struct SnapshotRoom {
    private var left: Int

    init(fileBytes: Int, _ header: SnapshotFormat.Header) {
        left = fileBytes - MemoryLayout<SnapshotFormat.Header>.size - SnapshotFormat.checksumBytes
        if header.fileBytes != UInt64(fileBytes) { left = -1 }
    }

    var isUsedUp: Bool { left == 0 }

    mutating func take(_ count: UInt64, of stride: Int) throws -> Int {
        guard left >= 0, let count = Int(exactly: count) else { throw SnapshotRefusal.damaged }
        let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: stride)
        guard !isTooMuch, bytes <= left else { throw SnapshotRefusal.damaged }
        left -= bytes
        return count
    }
}
