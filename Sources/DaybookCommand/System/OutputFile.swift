import Glibc

/// A file that is written from its beginning, replacing what it held.
final class OutputFile {
    private static let blockSize = 1 << 16

    private let descriptor: Int32
    private let path: String
    private var block: [UInt8] = []

    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        self.path = path
        guard descriptor >= 0 else { throw CommandFailure(.failure, "\(path) cannot be written: \(SystemError())") }
    }

    deinit {
        close(descriptor)
    }

    func write(_ bytes: [UInt8]) throws {
        block += bytes
        if block.count >= Self.blockSize { try flush() }
    }

    func flush() throws {
        var rest = block[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written >= 0 || errno == EINTR else {
                throw CommandFailure(.failure, "\(path) cannot be written: \(SystemError())")
            }
            rest = rest.dropFirst(max(written, 0))
        }
        block.removeAll(keepingCapacity: true)
    }
}
