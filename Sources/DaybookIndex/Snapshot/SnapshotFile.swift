#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file read or written from front to back, with a checksum of what went through. All calls block: not for the
/// cooperative pool.
struct SnapshotFile: ~Copyable {
    /// What the system says is wrong.
    struct Failure: Error, CustomStringConvertible {
        var description: String

        init(_ what: String, _ code: Int32 = errno) {
            description = "\(what): \(String(cString: strerror(code)))"
        }

        init(reason: String) {
            description = reason
        }
    }

    private let descriptor: Int32
    private(set) var hash = XXHash64()
    private var buffer: [UInt8] = []

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    static func create(_ path: String) throws(Failure) -> SnapshotFile {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("cannot create \(path)") }
        return SnapshotFile(descriptor: descriptor)
    }

    /// Nil when there is no such file.
    static func open(existing path: String) throws(Failure) -> SnapshotFile? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw Failure("cannot open \(path)") }
        return SnapshotFile(descriptor: descriptor)
    }

    private static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags, mode)
        #elseif canImport(Musl)
            Musl.open(path, flags, mode)
        #else
            Darwin.open(path, flags, mode)
        #endif
    }

    var size: Int {
        get throws(Failure) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw Failure("cannot look at the file") }
            return Int(status.st_size)
        }
    }

    // MARK: - Writing

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 20 { try flush() }
    }

    /// Writes a value as it lies in memory.
    mutating func write(value: some BitwiseCopyable) throws(Failure) {
        try withUnsafeBytes(of: value) { bytes throws(Failure) in try write(bytes) }
    }

    mutating func write(_ bytes: [UInt8]) throws(Failure) {
        try bytes.withUnsafeBufferPointer { bytes throws(Failure) in try write(UnsafeRawBufferPointer(bytes)) }
    }

    /// Writes the checksum of all before it, and all that is not written yet.
    mutating func finish() throws(Failure) {
        try flush()
        try write(value: hash.value)
        try flush()
    }

    mutating func flush() throws(Failure) {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                #if canImport(Glibc)
                    Glibc.write(descriptor, all.baseAddress?.advanced(by: at), all.count - at)
                #elseif canImport(Musl)
                    Musl.write(descriptor, all.baseAddress?.advanced(by: at), all.count - at)
                #else
                    Darwin.write(descriptor, all.baseAddress?.advanced(by: at), all.count - at)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("cannot write") }
            at += count
        }
        bytes.withUnsafeBytes { hash.update($0) }
    }

    func sync() throws(Failure) {
        guard fsync(descriptor) == 0 else { throw Failure("cannot sync") }
    }

    // MARK: - Reading

    /// Fills the target, or throws.
    mutating func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) {
        var at = 0
        while at < target.count {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, target.baseAddress?.advanced(by: at), target.count - at)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, target.baseAddress?.advanced(by: at), target.count - at)
            #else
                let count = Darwin.read(descriptor, target.baseAddress?.advanced(by: at), target.count - at)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("cannot read") }
            guard count > 0 else { throw Failure(reason: "the file ends too early") }
            at += count
        }
        hash.update(UnsafeRawBufferPointer(target))
    }

    mutating func read(_ count: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { target throws(Failure) in
            try read(into: UnsafeMutableRawBufferPointer(target))
        }
        return bytes
    }

    /// Reads a value as it lay in memory.
    mutating func read<Value: BitwiseCopyable>(_: Value.Type) throws(Failure) -> Value {
        try read(MemoryLayout<Value>.size).withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
    }

    // MARK: - Names

    /// Puts a file in the place of another at once, so that at any moment there is the old one or the new one.
    static func replace(_ path: String, with temporary: String, in directory: String) throws(Failure) {
        guard rename(temporary, path) == 0 else { throw Failure("cannot rename \(temporary)") }
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("cannot open \(directory)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure("cannot sync \(directory)") }
    }

    static func remove(_ path: String) {
        unlink(path)
    }
}
