extension UnsafeRawBufferPointer {
    /// Whether there is a zero byte; looked for in eight bytes at a time.
    var containsZero: Bool {
        var at = 0
        while at + 8 <= count {
            let word = word(at)
            // A zero byte borrows from its highest bit, which no other byte below 0x80 does.
            if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { return true }
            at += 8
        }
        while at < count {
            if self[at] == 0 { return true }
            at += 1
        }
        return false
    }

    /// Whether all bytes are 1 to 127.
    var isASCIIWithoutZero: Bool {
        var at = 0
        while at + 8 <= count {
            // Below 0x80, only a zero byte borrows from its highest bit.
            let word = word(at)
            if ((word &- 0x0101_0101_0101_0101) | word) & 0x8080_8080_8080_8080 != 0 { return false }
            at += 8
        }
        while at < count {
            if self[at] == 0 || self[at] >= 0x80 { return false }
            at += 1
        }
        return true
    }

    /// Whether the bytes are these; compared eight at a time.
    @inline(__always)
    func isEqual(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return isEqual(to: UnsafeRawBufferPointer(start: text.utf8Start, count: count))
    }

    /// The same.
    @inline(__always)
    func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count >= 8 else {
            guard count >= 4 else { return elementsEqual(other) }
            return half(0) == other.half(0) && half(count - 4) == other.half(count - 4)
        }
        var at = 0
        while at + 8 < count {
            if word(at) != other.word(at) { return false }
            at += 8
        }
        // The last eight, some of them once more.
        return word(count - 8) == other.word(count - 8)
    }

    /// A hash of the bytes, eight of them at a time: the same in every process, and no secret.
    @inline(__always)
    var mixed: UInt64 {
        var hash = UInt64(count) &* 0x9E37_79B9_7F4A_7C15
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
        }
        guard count >= 8 else {
            for byte in self { mix(UInt64(byte)) }
            return hash
        }
        var at = 0
        while at + 8 < count {
            mix(word(at))
            at += 8
        }
        // The last eight, some of them once more.
        mix(word(count - 8))
        return hash
    }

    @inline(__always)
    private func word(_ at: Int) -> UInt64 { loadUnaligned(fromByteOffset: at, as: UInt64.self) }

    @inline(__always)
    private func half(_ at: Int) -> UInt32 { loadUnaligned(fromByteOffset: at, as: UInt32.self) }
}
