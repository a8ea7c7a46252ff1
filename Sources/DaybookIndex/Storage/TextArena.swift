/// Where texts lie: blocks of bytes in large chunks, each referred to by 64 bits. Blocks are never changed once they are
/// written, so a copy of the arena may be read on another thread while the original goes on.
///
/// A freed block is garbage until its chunk is compacted: the live blocks of a chunk that is more than half garbage
/// move to the end of the arena. Each block names its owner (a row's or value's number), which must be told.
struct TextArena: @unchecked Sendable {
    /// Chunk (upper half) and offset of the block in it.
    typealias Reference = UInt64
    static let none = Reference.max

    final class Chunk: @unchecked Sendable {
        let bytes: UnsafeMutableRawPointer
        let capacity: Int

        init(capacity: Int) {
            self.capacity = capacity
            bytes = .allocate(byteCount: capacity, alignment: 16)
        }

        deinit {
            bytes.deallocate()
        }
    }

    /// Owner and length, before each block's bytes.
    static let headerBytes = 8
    static let chunkBytes = 256 * 1024

    private(set) var chunks: [Chunk?] = []
    /// Bytes written to each chunk, and how many of them are garbage.
    private(set) var used: [Int] = []
    private(set) var dead: [Int] = []
    private var current = -1
    private var freeSlots: [Int] = []
    private var sparse: [Int] = []
    private(set) var liveBytes = 0
    private(set) var chunkBytesTotal = 0

    /// What the blocks cost besides their own bytes: headers and garbage not yet compacted.
    var memoryBytes: Int { chunkBytesTotal }
    var deadBytes: Int { dead.reduce(0, +) }
    var needsCompaction: Bool { !sparse.isEmpty }

    static func reference(chunk: Int, offset: Int) -> Reference { UInt64(chunk) << 32 | UInt64(offset) }

    /// What a block of this length takes.
    @inline(__always)
    static func blockBytes(_ length: Int) -> Int { (length + headerBytes + 3) & ~3 }

    /// A block's bytes. Good as long as the block lives or a copy of the arena does.
    @inline(__always)
    subscript(reference: Reference) -> UnsafeRawBufferPointer {
        guard let chunk = chunks[Int(reference >> 32)] else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = chunk.bytes + Int(UInt32(truncatingIfNeeded: reference))
        return UnsafeRawBufferPointer(
            start: start + Self.headerBytes, count: Int(start.load(fromByteOffset: 4, as: UInt32.self)))
    }

    /// Makes a block whose bytes are yet to be written (at once, all of them).
    mutating func allocate(_ length: Int, owner: UInt32) -> (reference: Reference, bytes: UnsafeMutableRawPointer) {
        let size = Self.blockBytes(length)
        if current < 0 || used[current] + size > (chunks[current]?.capacity ?? 0) { addChunk(atLeast: size) }
        let start = used[current]
        used[current] += size
        liveBytes += size
        guard let block = chunks[current].map({ $0.bytes + start }) else { preconditionFailure("no current chunk") }
        block.storeBytes(of: owner, as: UInt32.self)
        block.storeBytes(of: UInt32(length), toByteOffset: 4, as: UInt32.self)
        return (Self.reference(chunk: current, offset: start), block + Self.headerBytes)
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer, owner: UInt32) -> Reference {
        let (reference, target) = allocate(bytes.count, owner: owner)
        if let source = bytes.baseAddress { target.copyMemory(from: source, byteCount: bytes.count) }
        return reference
    }

    private mutating func addChunk(atLeast size: Int) {
        let previous = current
        let chunk = Chunk(capacity: max(size, Self.chunkBytes))
        current = place(chunk)
        if previous >= 0 { noteGarbage(previous) }
    }

    private mutating func place(_ chunk: Chunk) -> Int {
        chunkBytesTotal += chunk.capacity
        if let slot = freeSlots.popLast() {
            chunks[slot] = chunk
            used[slot] = 0
            dead[slot] = 0
            return slot
        }
        chunks.append(chunk)
        used.append(0)
        dead.append(0)
        return chunks.count - 1
    }

    /// Takes a chunk filled elsewhere and gives its number. What is allocated next goes into a chunk of its own.
    mutating func append(_ chunk: Chunk, used bytes: Int) {
        let slot = place(chunk)
        used[slot] = bytes
        liveBytes += bytes
        current = slot
    }

    mutating func free(_ reference: Reference) {
        guard reference != Self.none else { return }
        let chunk = Int(reference >> 32)
        let size = Self.blockBytes(self[reference].count)
        let before = dead[chunk]
        dead[chunk] += size
        liveBytes -= size
        if chunk != current, dead[chunk] == used[chunk] {
            release(chunk)
        } else if chunk != current, before * 2 <= used[chunk], dead[chunk] * 2 > used[chunk] {
            sparse.append(chunk)
        }
    }

    private mutating func noteGarbage(_ chunk: Int) {
        if dead[chunk] == used[chunk] {
            release(chunk)
        } else if dead[chunk] * 2 > used[chunk] {
            sparse.append(chunk)
        }
    }

    private mutating func release(_ chunk: Int) {
        guard let freed = chunks[chunk] else { return }
        chunkBytesTotal -= freed.capacity
        chunks[chunk] = nil
        used[chunk] = 0
        dead[chunk] = 0
        freeSlots.append(chunk)
    }

    /// Empties one chunk that is mostly garbage: bounded work. The live blocks' owners get their new references.
    mutating func compactOne<Owner: TextOwner>(_ owners: inout PagedStore<Owner>) {
        while let slot = sparse.popLast() {
            // It may have been released meanwhile, and even taken for a new chunk.
            guard let chunk = chunks[slot], slot != current, dead[slot] * 2 > used[slot] else { continue }
            var at = 0
            let end = used[slot]
            while at < end {
                let owner = (chunk.bytes + at).load(as: UInt32.self)
                let reference = Self.reference(chunk: slot, offset: at)
                let bytes = self[reference]
                if owners.pointer(owner).pointee.text == reference {
                    liveBytes -= Self.blockBytes(bytes.count)
                    owners.mutable(owner).pointee.text = add(bytes, owner: owner)
                }
                at += Self.blockBytes(bytes.count)
            }
            release(slot)
            return
        }
    }
}

/// What refers to a block of a ``TextArena``.
protocol TextOwner: BitwiseCopyable {
    var text: TextArena.Reference { get set }
}
