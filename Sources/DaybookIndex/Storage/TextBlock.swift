/// One event's texts in one block of a ``TextArena``: flags and three lengths, description, summary, content type, then
/// the attributes that few events have, each with its length.
struct TextBlock {
    /// Attributes that are there.
    struct Flags: OptionSet, BitwiseCopyable {
        let rawValue: UInt32
        static let entityType = Flags(rawValue: 1 << 0)
        static let entityID = Flags(rawValue: 1 << 1)
        static let attributeName = Flags(rawValue: 1 << 2)
        static let attributeValue = Flags(rawValue: 1 << 3)
        static let metadata = Flags(rawValue: 1 << 4)
        static let orderingKey = Flags(rawValue: 1 << 5)
        static let traceparent = Flags(rawValue: 1 << 6)
        static let originalID = Flags(rawValue: 1 << 7)
        static let extraCount = 8
    }

    private static let headerBytes = 16
    private let bytes: UnsafeRawBufferPointer

    /// - Parameter bytes: a whole block, or nothing for an event without texts.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private func number(_ at: Int) -> Int {
        bytes.isEmpty ? 0 : Int(bytes.loadUnaligned(fromByteOffset: at * 4, as: UInt32.self))
    }

    private var flags: Flags { Flags(rawValue: UInt32(truncatingIfNeeded: number(0))) }

    var description: UnsafeRawBufferPointer {
        bytes.isEmpty ? .empty : bytes.part(Self.headerBytes, number(1))
    }

    /// Empty for `{}`.
    var summary: UnsafeRawBufferPointer {
        bytes.isEmpty ? .empty : bytes.part(Self.headerBytes + number(1), number(2))
    }

    /// Empty for `application/json`.
    var contentType: UnsafeRawBufferPointer {
        bytes.isEmpty ? .empty : bytes.part(Self.headerBytes + number(1) + number(2), number(3))
    }

    private var extras: UnsafeRawBufferPointer {
        guard !bytes.isEmpty else { return .empty }
        let start = Self.headerBytes + number(1) + number(2) + number(3)
        return bytes.part(start, bytes.count - start)
    }

    /// One of the rarer attributes.
    subscript(flag: Flags) -> UnsafeRawBufferPointer? {
        guard flags.contains(flag) else { return nil }
        let extras = extras
        var at = 0
        var bit: UInt32 = 1
        while bit < flag.rawValue {
            if flags.rawValue & bit != 0 { at += 4 + Int(extras.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }
            bit <<= 1
        }
        return extras.part(at + 4, Int(extras.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
    }

    // MARK: - Writing

    /// What a new block is to hold.
    struct Parts {
        var description = UnsafeRawBufferPointer.empty
        var summary = UnsafeRawBufferPointer.empty
        var contentType = UnsafeRawBufferPointer.empty
        /// By the number of their flag's bit.
        var extras = InlineArray<8, UnsafeRawBufferPointer?>(repeating: nil)
    }

    /// Writes a new event's block; ``TextArena/none`` when there is nothing to write.
    static func write(_ parts: Parts, to arena: inout TextArena, owner: UInt32) -> TextArena.Reference {
        var flags: UInt32 = 0
        var extraBytes = 0
        for at in 0..<Flags.extraCount {
            guard let extra = parts.extras[at] else { continue }
            flags |= 1 << UInt32(at)
            extraBytes += 4 + extra.count
        }
        let length = parts.description.count + parts.summary.count + parts.contentType.count + extraBytes
        guard length > 0 || flags != 0 else { return TextArena.none }
        let (reference, target) = arena.allocate(headerBytes + length, owner: owner)
        var writer = Writer(target: target)
        writer.header(flags, parts.description, parts.summary, parts.contentType)
        for at in 0..<Flags.extraCount {
            guard let extra = parts.extras[at] else { continue }
            writer.put(UInt32(extra.count))
            writer.put(extra)
        }
        return reference
    }

    /// Writes a block that differs from an event's earlier one in the parts given, and frees that one.
    static func rewrite(
        _ old: TextArena.Reference, description: UnsafeRawBufferPointer?, summary: UnsafeRawBufferPointer?,
        contentType: UnsafeRawBufferPointer?, in arena: inout TextArena, owner: UInt32
    ) -> TextArena.Reference {
        let block = TextBlock(old == TextArena.none ? .empty : arena[old])
        let description = description ?? block.description
        let summary = summary ?? block.summary
        let contentType = contentType ?? block.contentType
        let extras = block.extras
        let length = description.count + summary.count + contentType.count + extras.count
        let flags = block.flags.rawValue
        // The old block may go with its whole chunk, so it is freed only when it has been copied.
        defer { arena.free(old) }
        guard length > 0 || flags != 0 else { return TextArena.none }
        let (reference, target) = arena.allocate(headerBytes + length, owner: owner)
        var writer = Writer(target: target)
        writer.header(flags, description, summary, contentType)
        writer.put(extras)
        return reference
    }

    private struct Writer {
        var target: UnsafeMutableRawPointer

        mutating func put(_ number: UInt32) {
            target.storeBytes(of: number, as: UInt32.self)
            target += 4
        }

        mutating func put(_ bytes: UnsafeRawBufferPointer) {
            guard let source = bytes.baseAddress else { return }
            target.copyMemory(from: source, byteCount: bytes.count)
            target += bytes.count
        }

        mutating func header(
            _ flags: UInt32, _ description: UnsafeRawBufferPointer, _ summary: UnsafeRawBufferPointer,
            _ contentType: UnsafeRawBufferPointer
        ) {
            put(flags)
            put(UInt32(description.count))
            put(UInt32(summary.count))
            put(UInt32(contentType.count))
            put(description)
            put(summary)
            put(contentType)
        }
    }
}
