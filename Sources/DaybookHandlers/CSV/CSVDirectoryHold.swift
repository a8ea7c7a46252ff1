import Daybook
import Glibc

/// Holds a directory for one handler: an exclusive `flock`, which the kernel drops when the process ends. Two that
/// appended to and rotated the same files would spoil each other's.
final class CSVDirectoryHold {
    private static let attempts = 20

    let path: String
    private let descriptor: OwnedDescriptor

    /// - Throws: ``InvalidSetting`` when there is no such directory, when it is held, or no file can be made in it.
    init(_ settings: CSVSettings) throws(InvalidSetting) {
        path = settings.directory
        guard let descriptor = OwnedDescriptor(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            throw settings.invalid("directory", "'\(path)' cannot be used: \(String(cString: strerror(errno)))")
        }
        try Self.lock(descriptor.raw, settings)
        try Self.checkWriting(settings)
        self.descriptor = descriptor
    }

    private static func lock(_ descriptor: Int32, _ settings: CSVSettings) throws(InvalidSetting) {
        for attempt in 1...attempts {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            // A child that is being started has a copy of every descriptor for a moment, also of one that is closed here.
            if errno == EWOULDBLOCK, attempt < attempts { usleep(50_000) }
        }
        throw settings.invalid(
            "directory", "'\(settings.directory)' is in use by another handler; give each its own directory")
    }

    /// Whoever may write in general may still be on a disk that is mounted for reading, so a file is made.
    private static func checkWriting(_ settings: CSVSettings) throws(InvalidSetting) {
        let probe = "\(settings.directory)/.daybook-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard OwnedDescriptor(open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)) != nil else {
            throw settings.invalid(
                "directory", "'\(settings.directory)' cannot be written: \(String(cString: strerror(errno)))")
        }
        unlink(probe)
    }

    /// Forces the names of new and renamed files to the disk.
    func sync() throws(SystemFailure) {
        guard fsync(descriptor.raw) == 0 else { throw SystemFailure("sync '\(path)'") }
    }
}
