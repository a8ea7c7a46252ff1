import Daybook

/// Writes an image of an arbiter's memory to a file.
enum HashSnapshotWriter {
    static func write(
        _ image: HashSnapshot.Image, _ meta: HashSnapshot.Meta, to file: inout SnapshotFile
    ) throws(SnapshotFile.Failure) {
        let hashes = image.hashes
        let meta = meta.bytes
        var header = HashSnapshot.Header()
        header.metaBytes = UInt64(meta.count)
        header.entryCount = UInt64(hashes.entries.count)
        header.jobCount = UInt64(hashes.jobs.count)
        header.bodyCount = UInt64(hashes.bodies.count)
        header.fileBytes = UInt64(
            MemoryLayout<HashSnapshot.Header>.size + meta.count + hashes.entries.byteCount + hashes.jobs.byteCount
                + hashes.bodies.byteCount + SnapshotFormat.checksumBytes)
        try file.write(value: header)
        try file.write(meta)
        try hashes.entries.forEachPage { page throws(SnapshotFile.Failure) in try file.write(page) }
        try hashes.jobs.forEachPage { page throws(SnapshotFile.Failure) in try file.write(page) }
        try hashes.bodies.forEachPage { page throws(SnapshotFile.Failure) in try file.write(page) }
        try file.finish()
    }
}

/// Reads it. Nothing in the file is made use of, but for lengths that fit the file, before the checksum of all of it is
/// found right.
enum HashSnapshotReader {
    /// What a snapshot holds, not yet put together.
    struct Contents: Sendable {
        let meta: HashSnapshot.Meta
        let entries: SnapshotPages<HashStore.Entry>
        let jobs: SnapshotPages<HashStore.Job>
        let bodies: SnapshotPages<UInt64>
    }

    /// - Throws: ``SnapshotRefusal``, ``SnapshotFile/Failure``.
    static func read(_ file: inout SnapshotFile) throws -> Contents {
        let size = try file.size
        let headerBytes = MemoryLayout<HashSnapshot.Header>.size
        guard size >= headerBytes else { throw SnapshotRefusal.damaged }
        let header = try file.read(HashSnapshot.Header.self)
        guard header.magic == HashSnapshot.magic else { throw SnapshotRefusal.damaged }
        guard header.layout == HashSnapshot.layout else { throw SnapshotRefusal.otherVersion }
        var room = SnapshotRoom(of: size, said: header.fileBytes, headerBytes: headerBytes)
        let metaBytes = try room.take(header.metaBytes, of: 1)
        let entryCount = try room.take(header.entryCount, of: MemoryLayout<HashStore.Entry>.stride)
        let jobCount = try room.take(header.jobCount, of: MemoryLayout<HashStore.Job>.stride)
        let bodyCount = try room.take(header.bodyCount, of: MemoryLayout<UInt64>.stride)
        guard room.isUsedUp else { throw SnapshotRefusal.damaged }

        let metaBlock = try file.read(metaBytes)
        let entries = try SnapshotPages<HashStore.Entry>(entryCount, &file)
        let jobs = try SnapshotPages<HashStore.Job>(jobCount, &file)
        let bodies = try SnapshotPages<UInt64>(bodyCount, &file)
        let checksum = file.hash.value
        let stored = try file.read(UInt64.self)
        guard checksum == stored, let meta = HashSnapshot.Meta(metaBlock) else { throw SnapshotRefusal.damaged }
        return Contents(meta: meta, entries: entries, jobs: jobs, bodies: bodies)
    }
}
