import Crypto

extension EventID {
    /// The id of a foreign CloudEvent: its own `id` when that is a UUID in any spelling; else a UUID version 8 (RFC
    /// 9562) of the first 16 bytes of SHA-256(source, NUL, id), so that the same event always gets the same id.
    public init(foreignID: UnsafeRawBufferPointer, source: UnsafeRawBufferPointer) {
        if foreignID.count == 32 || foreignID.count == 36,
            let id = EventID(anySpelling: String(decoding: foreignID, as: UTF8.self))
        {
            self = id
            return
        }
        var hasher = SHA256()
        hasher.update(bufferPointer: source)
        hasher.update(data: [0])
        hasher.update(bufferPointer: foreignID)
        self = hasher.finalize().withUnsafeBytes { digest in
            let high = UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self))
            let low = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return EventID(
                high: (high & ~0xF000) | 0x8000, low: (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000)
        }
    }
}
