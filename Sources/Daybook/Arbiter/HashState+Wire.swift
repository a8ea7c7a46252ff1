/// A hash's state as the dedup stream holds it; docs/wire.md describes it. All numbers are little-endian.
extension HashState {
    private static let version: UInt8 = 1

    private struct Parts: OptionSet {
        let rawValue: UInt8
        static let expires = Parts(rawValue: 1)
        static let body = Parts(rawValue: 2)
        static let job = Parts(rawValue: 4)
    }

    public var wireBytes: [UInt8] {
        var writer = WireBytesWriter()
        var parts: Parts = []
        if expires != nil { parts.insert(.expires) }
        if bodyDigest != nil { parts.insert(.body) }
        if job != nil { parts.insert(.job) }
        writer.put(Self.version)
        writer.put(parts.rawValue)
        writer.put(event.high)
        writer.put(event.low)
        writer.put(created.offset)
        writer.put(created.partition.partition)
        writer.put(created.partition.stream)
        if let expires { writer.put(expires.microseconds) }
        if let bodyDigest { writer.put(bodyDigest) }
        if let job { Self.put(job, &writer) }
        return writer.bytes
    }

    private static func put(_ job: JobState, _ writer: inout WireBytesWriter) {
        writer.put(job.status.rawValue)
        writer.put(Int32(clamping: job.retries))
        writer.put(job.lease?.components.seconds ?? 0)
        writer.put(job.leaseEnd?.microseconds ?? 0)
        writer.put(job.failed?.microseconds ?? 0)
        let holders = job.former + (job.holder.map { [$0] } ?? [])
        writer.put(UInt8(clamping: holders.count))
        writer.put(UInt8(job.holder == nil ? 0 : 1))
        for holder in holders {
            writer.put(holder.sender)
            writer.put(UInt8(holder.workerID == nil ? 0 : 1))
            if let worker = holder.workerID { writer.put(worker) }
        }
    }

    /// - Throws: ``InvalidRecord``.
    public init(wireBytes: [UInt8]) throws(InvalidRecord) {
        var reader = WireBytesReader(wireBytes)
        let version: UInt8 = try reader.number()
        guard version == Self.version else {
            throw InvalidRecord("the hash's state has version \(version), which this program does not know")
        }
        let parts = Parts(rawValue: try reader.number())
        let event = EventID(high: try reader.number(), low: try reader.number())
        let offset: Int64 = try reader.number()
        let partition: Int32 = try reader.number()
        let stream = try reader.text()
        self.init(event: event, created: Position(StreamPartition(stream, partition), offset))
        if parts.contains(.expires) { expires = Timestamp(microseconds: try reader.number()) }
        if parts.contains(.body) { bodyDigest = try reader.number() }
        if parts.contains(.job) { job = try Self.job(&reader) }
    }

    private static func job(_ reader: inout WireBytesReader) throws(InvalidRecord) -> JobState {
        let text = try reader.text()
        guard let status = EventStatus(rawValue: text) else {
            throw InvalidRecord("the job's status \(text) is unknown")
        }
        let retries: Int32 = try reader.number()
        var job = JobState(status: status, retries: Int(retries), holder: nil)
        let (lease, leaseEnd, failed): (Int64, Int64, Int64) = (
            try reader.number(), try reader.number(), try reader.number()
        )
        job.lease = lease == 0 ? nil : .seconds(lease)
        job.leaseEnd = leaseEnd == 0 ? nil : Timestamp(microseconds: leaseEnd)
        job.failed = failed == 0 ? nil : Timestamp(microseconds: failed)
        let count: UInt8 = try reader.number()
        let hasHolder: UInt8 = try reader.number()
        for _ in 0..<count {
            var holder = Holder(try reader.text())
            let hasWorker: UInt8 = try reader.number()
            if hasWorker != 0 { holder.workerID = try reader.text() }
            job.former.append(holder)
        }
        if hasHolder != 0 { job.holder = job.former.popLast() }
        return job
    }
}

/// Packs numbers and texts.
struct WireBytesWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A text of at most 65,535 bytes.
    mutating func put(_ text: String) {
        let utf8 = text.utf8.prefix(Int(UInt16.max))
        put(UInt16(utf8.count))
        bytes.append(contentsOf: utf8)
    }
}

/// Unpacks them.
struct WireBytesReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>() throws(InvalidRecord) -> Number {
        let size = MemoryLayout<Number>.size
        guard at + size <= bytes.count else { throw InvalidRecord("the value is cut off") }
        defer { at += size }
        return Number(
            littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: Number.self) })
    }

    mutating func text() throws(InvalidRecord) -> String {
        let length: UInt16 = try number()
        let end = at + Int(length)
        guard end <= bytes.count else { throw InvalidRecord("the value is cut off") }
        guard let text = String(validating: bytes[at..<end], as: UTF8.self) else {
            throw InvalidRecord("a text of the value is no UTF-8")
        }
        at = end
        return text
    }
}
