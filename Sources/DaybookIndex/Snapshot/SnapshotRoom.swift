/// Gives out the bytes of a file, so that no length in a damaged one makes us ask for memory that the file could not fill.
struct SnapshotRoom {
    private var left: Int

    /// - Parameter said: how long it says to be.
    init(of fileBytes: Int, said: UInt64, headerBytes: Int) {
        left = fileBytes - headerBytes - SnapshotFormat.checksumBytes
        if said != UInt64(fileBytes) { left = -1 }
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
