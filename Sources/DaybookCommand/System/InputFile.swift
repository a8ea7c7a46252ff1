import Glibc

/// A file, or standard input, that is read from its beginning to its end. The calls block: they belong on a thread of
/// their own.
final class InputFile: Sendable {
    private let descriptor: Int32

    /// How many bytes there are, for progress; nil when that cannot be known (pipes, terminals).
    let byteCount: Int?

    /// - Parameter path: `-` is standard input.
    init(path: String) throws(SystemError) {
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError() }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError() }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw SystemError(EISDIR)
        }
        byteCount = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit {
        close(descriptor)
    }

    /// What is there to be read, up to a limit: waits for the first byte, then takes what else has come already, so
    /// that lines of a slow writer are not held back. Empty at the end.
    func readAvailable(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        repeat {
            let part = try readOnce(limit: limit - bytes.count)
            if part.isEmpty { break }
            bytes += part
        } while bytes.count < limit && hasMore
        return bytes
    }

    func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let part = try readOnce(limit: 1 << 16)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= limit else { throw SystemError(EFBIG) }
        }
    }

    private func readOnce(limit: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            var result: Int
            repeat {
                result = read(descriptor, buffer.baseAddress, limit)
            } while result < 0 && errno == EINTR
            if result < 0 { failure = SystemError() }
            count = max(result, 0)
        }
        if let failure { throw failure }
        return bytes
    }

    private var hasMore: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) == 1 && request.revents & Int16(POLLIN) != 0
    }
}
