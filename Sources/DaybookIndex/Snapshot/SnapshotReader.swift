import Daybook

/// Reads a snapshot. Nothing in the file is made use of, but for lengths that fit the file, before the checksum of all of
/// it is found right.
enum SnapshotReader {
    /// What a snapshot holds, not yet put together.
    struct Contents: @unchecked Sendable {
        let meta: SnapshotMeta
        let names: [UInt8]
        let rows: SnapshotPages<Row>
        let chunks: [(chunk: TextArena.Chunk, used: Int)]
    }

    /// - Throws: ``SnapshotRefusal``, ``SnapshotFile/Failure``.
    static func read(_ file: inout SnapshotFile) throws -> Contents {
        let size = try file.size
        guard size >= MemoryLayout<SnapshotFormat.Header>.size else { throw SnapshotRefusal.damaged }
        let header = try file.read(SnapshotFormat.Header.self)
        guard header.magic == SnapshotFormat.magic else { throw SnapshotRefusal.damaged }
        guard header.layout == SnapshotFormat.layout else { throw SnapshotRefusal.otherVersion }
        var room = SnapshotRoom(of: size, said: header.fileBytes, headerBytes: MemoryLayout<SnapshotFormat.Header>.size)
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
        let rows = try SnapshotPages<Row>(rowCount, &file)
        let chunks = try used.map { try readChunk($0, &file) }
        let checksum = file.hash.value
        let stored = try file.read(UInt64.self)
        guard checksum == stored, let meta = SnapshotMeta(metaBlock) else { throw SnapshotRefusal.damaged }
        return Contents(meta: meta, names: names, rows: rows, chunks: chunks)
    }

    private static func readChunk(
        _ used: Int, _ file: inout SnapshotFile
    ) throws -> (chunk: TextArena.Chunk, used: Int) {
        let chunk = TextArena.Chunk(capacity: max(used, TextArena.chunkBytes))
        try file.read(into: UnsafeMutableRawBufferPointer(start: chunk.bytes, count: used))
        return (chunk, used)
    }
}
