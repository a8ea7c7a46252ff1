import Daybook

/// How a snapshot of an arbiter's memory lies in its file: the header, meta data, pages of entries, of jobs and of body
/// digests, a checksum of it all.
///
/// Entries are written as they lie in memory, so that loading them is reading them; hence they are good for the same
/// layout on the same kind of machine only, which ``layout`` tells.
enum HashSnapshot {
    static let magic: UInt64 = 0x3148_5348_4259_4144  // "DAYBHSH1"

    /// Changes when entries lie otherwise in memory.
    static var layout: UInt64 {
        var hash = XXHash64(seed: 4)
        let offsets: [Int?] = [
            MemoryLayout<HashStore.Entry>.offset(of: \.digest), MemoryLayout<HashStore.Entry>.offset(of: \.event),
            MemoryLayout<HashStore.Entry>.offset(of: \.place), MemoryLayout<HashStore.Entry>.offset(of: \.expires),
            MemoryLayout<HashStore.Entry>.offset(of: \.extra), MemoryLayout<HashStore.Entry>.stride,
            MemoryLayout<HashStore.Job>.offset(of: \.status), MemoryLayout<HashStore.Job>.offset(of: \.retries),
            MemoryLayout<HashStore.Job>.offset(of: \.lease), MemoryLayout<HashStore.Job>.offset(of: \.holder),
            MemoryLayout<HashStore.Job>.offset(of: \.former), MemoryLayout<HashStore.Job>.offset(of: \.leaseEnd),
            MemoryLayout<HashStore.Job>.offset(of: \.failed), MemoryLayout<HashStore.Job>.stride, PageSize.elements,
        ]
        for offset in offsets { withUnsafeBytes(of: Int64(offset ?? -1)) { hash.update($0) } }
        return hash.value
    }

    /// The fixed part at the beginning.
    struct Header: BitwiseCopyable {
        var magic = HashSnapshot.magic
        var layout = HashSnapshot.layout
        var fileBytes: UInt64 = 0
        var metaBytes: UInt64 = 0
        var entryCount: UInt64 = 0
        var jobCount: UInt64 = 0
        var bodyCount: UInt64 = 0
        var reserved: UInt64 = 0
    }

    /// What a snapshot says of itself.
    struct Meta: Hashable, Sendable {
        var identity: String
        /// The dedup stream.
        var stream: String
        /// See ``Image/asOf``.
        var asOf: Timestamp
        /// By partition of the dedup stream.
        var marks: [Int32: DedupMark]
        var partitions: [StreamPartition]
        var holders: [Holder?]
    }

    /// What is written, as it was at one moment.
    struct Image: Sendable {
        var hashes: HashImage
        var marks: [Int32: DedupMark]
        /// When nothing was decided yet that it does not know.
        var asOf: Timestamp
    }
}

extension HashSnapshot.Meta {
    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.text(identity)
        writer.text(stream)
        writer.number(asOf.microseconds)
        writer.number(Int64(marks.count))
        for (partition, mark) in marks {
            writer.number(Int64(partition))
            writer.number(mark.next)
            let witnesses = mark.witnesses
            writer.number(Int64(witnesses.count))
            for witness in witnesses {
                writer.number(witness.offset)
                writer.number(Int64(bitPattern: witness.fingerprint))
            }
        }
        writer.number(Int64(partitions.count))
        for partition in partitions {
            writer.text(partition.stream)
            writer.number(Int64(partition.partition))
        }
        writer.number(Int64(holders.count))
        for holder in holders {
            // What there is of it: nothing, the sender, the worker, too.
            writer.number(holder.map { $0.workerID == nil ? 1 : 2 } ?? 0)
            guard let holder else { continue }
            writer.text(holder.sender)
            if let worker = holder.workerID { writer.text(worker) }
        }
        return writer.bytes
    }

    /// Nil when the bytes are not those of a meta data block.
    init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let identity = reader.text(), let stream = reader.text(), let asOf = reader.number(),
            let marks = reader.list({ Self.mark(&$0) }), let partitions = reader.list({ Self.partition(&$0) }),
            let holders = reader.list({ Self.holder(&$0) })
        else { return nil }
        self.identity = identity
        self.stream = stream
        self.asOf = Timestamp(microseconds: asOf)
        self.marks = Dictionary(marks, uniquingKeysWith: { first, _ in first })
        self.partitions = partitions
        self.holders = holders
    }

    private static func mark(_ reader: inout ByteReader) -> (Int32, DedupMark)? {
        guard let partition = reader.number().flatMap(Int32.init(exactly:)), let next = reader.number(),
            let witnesses = reader.list({ reader -> DedupMark.Witness? in
                guard let offset = reader.number(), let fingerprint = reader.number() else { return nil }
                return DedupMark.Witness(offset: offset, fingerprint: UInt64(bitPattern: fingerprint))
            })
        else { return nil }
        return (partition, DedupMark(next: next, witnesses: witnesses))
    }

    private static func partition(_ reader: inout ByteReader) -> StreamPartition? {
        guard let stream = reader.text(), let number = reader.number().flatMap(Int32.init(exactly:)) else { return nil }
        return StreamPartition(stream, number)
    }

    private static func holder(_ reader: inout ByteReader) -> Holder?? {
        switch reader.number() {
        case 0: return .some(nil)
        case 1: return reader.text().map { Holder($0) }
        case 2:
            guard let sender = reader.text(), let worker = reader.text() else { return nil }
            return Holder(sender, workerID: worker)
        default: return nil
        }
    }
}
