import Daybook
import Glibc

/// Holds a log's directory for this process: an exclusive `flock`, which the kernel drops when the process ends, however it does.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``LogError/inUse(_:)`` when another process, or another log of this one, holds the directory;
    ///   ``LogError/refused(_:)`` when the lock file cannot be made.
    init(directory: String) throws {
        let path = "\(directory)/daybook.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LogError.refused(
                "cannot open \(path): \(String(cString: strerror(errno))); "
                    + "let the process's user read and write \(directory)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw LogError.inUse(
                "the log in \(directory) is in use by \(holder); only one process at a time can have it open, "
                    + "so stop that one, or give this one another directory")
        }
        let text = Array("\(getpid())\n".utf8)
        // The number is only for the message above; a full disk must not keep the log from opening.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0, let pid = Int(String(decoding: text.prefix(count), as: UTF8.self).prefix(while: \.isNumber))
        else {
            return "another process"
        }
        return pid == getpid() ? "this process (\(pid)) already" : "process \(pid)"
    }
}
