import Glibc

/// Small files that settings name: templates and secrets.
enum SettingFile {
    /// Far more than a template or a secret has, and little enough to hold.
    private static let limit = 1 << 20

    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    /// Reads a file of UTF-8 text. It must be a regular one, so that reading cannot hang.
    static func read(_ path: String) throws(Unreadable) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable("'\(path)' is no regular file") }
        guard status.st_size <= limit else { throw Unreadable("'\(path)' has more than \(limit) bytes") }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            var failure: Int32?
            let part = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                let result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if result < 0 { failure = errno }
                count = max(result, 0)
            }
            if failure == EINTR { continue }
            if let failure { throw Unreadable(path, failure) }
            if part.isEmpty { break }
            bytes += part
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Unreadable("'\(path)' is not UTF-8")
        }
        return text
    }
}

extension SettingFile.Unreadable {
    fileprivate init(_ text: String) {
        description = text
    }

    fileprivate init(_ path: String, _ code: Int32) {
        description = "'\(path)' cannot be read: \(String(cString: strerror(code)))"
    }
}
