import Glibc

/// An open CSV file that ends with a whole row, and the rows that are to be written to it.
final class CSVFile {
    let path: String
    private let descriptor: OwnedDescriptor
    private let disk: CSVDisk
    private let identity: (device: UInt, inode: UInt)
    /// In bytes; 0 until the header is there.
    private(set) var length: Int
    private(set) var headerLength = 0
    /// Nil of a file without rows, and of one whose header nobody here wrote.
    private(set) var columns: CSVColumns?
    /// The day of its last row, since 1970.
    private(set) var day: Int
    /// How many bytes of a row that a crash had cut off were taken away when it was opened.
    private(set) var tornBytes = 0
    /// Whole rows that are not written yet.
    var pending: [UInt8] = []
    /// Whether rows were written that are not synced.
    private(set) var isDirty = false

    /// Opens a file, or makes it.
    ///
    /// - Parameter isKnown: that it was left whole, so that only its header is read.
    init(path: String, isKnown: Bool, disk: CSVDisk) throws(SystemFailure) {
        self.path = path
        self.disk = disk
        guard let descriptor = OwnedDescriptor(open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644))
        else { throw SystemFailure("open '\(path)'") }
        var status = stat()
        guard fstat(descriptor.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SystemFailure("open '\(path)' as a regular file", status.st_mode == 0 ? errno : EINVAL)
        }
        identity = (status.st_dev, status.st_ino)
        length = Int(status.st_size)
        day = status.st_mtim.tv_sec / 86_400
        self.descriptor = descriptor
        guard length > 0 else { return }
        let inspection = try CSVInspection(self.descriptor.raw, path: path, onlyHeader: isKnown)
        if !isKnown, inspection.wholeLength < length {
            tornBytes = length - inspection.wholeLength
            try cut(to: inspection.wholeLength)
        }
        headerLength = inspection.headerLength
        columns = inspection.header.flatMap { CSVColumns(header: $0) }
    }

    var hasRows: Bool { length > 0 }

    /// Whether the file under its name is still this one, and as long as it was left.
    var isInPlace: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_dev == identity.device && status.st_ino == identity.inode
            && Int(status.st_size) == length
    }

    /// Sets the columns of a file that has no rows, neither written nor pending.
    func begin(_ columns: CSVColumns) {
        self.columns = columns
    }

    /// Writes the pending rows, with the header in front of the first, in one call if the system takes them so. When
    /// it fails, the file is as it was and the rows are still pending.
    func flush() throws(SystemFailure) {
        guard !pending.isEmpty else { return }
        let before = length
        var rows = pending
        if before == 0, let header = columns?.header {
            rows = header + rows
            headerLength = header.count
        }
        do throws(SystemFailure) {
            try write(rows)
        } catch {
            try cut(to: before)
            throw error
        }
        length = before + rows.count
        day = disk.today()
        isDirty = true
        pending.removeAll(keepingCapacity: pending.capacity < 1 << 20)
    }

    private func write(_ rows: [UInt8]) throws(SystemFailure) {
        var at = 0
        while at < rows.count {
            let written = rows.withUnsafeBytes {
                disk.write(descriptor.raw, UnsafeRawBufferPointer(rebasing: $0[at...]))
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw SystemFailure("write '\(path)'") }
            at += written
        }
    }

    /// Takes away what was written since.
    func cut(to length: Int) throws(SystemFailure) {
        guard ftruncate(descriptor.raw, off_t(length)) == 0 else { throw SystemFailure("cut '\(path)' to a whole row") }
        self.length = length
    }

    func sync() throws(SystemFailure) {
        guard isDirty else { return }
        guard disk.sync(descriptor.raw) == 0 else { throw SystemFailure("sync '\(path)'") }
        isDirty = false
    }
}
