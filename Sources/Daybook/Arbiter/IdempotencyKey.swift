import Crypto

/// Names one request of one caller, so that sending it again does nothing again.
///
/// The event gets its id from the key. The key stands for a hash that stays taken for ``window``: an event without a hash
/// of its own is decided under it; for one with a hash it is reserved first, and then the event is decided under its own,
/// where a repeat is known by the id.
public struct IdempotencyKey: Hashable, Sendable {
    /// How long a key is remembered, by log time from its first use on.
    public static let window = Duration.seconds(7 * 24 * 3600)

    /// The event of this key: a UUID version 8 (RFC 9562).
    public let eventID: EventID
    /// Stands for what the request says.
    public let bodyDigest: UInt64
    /// What an event without a hash is decided under.
    let hash: String

    /// - Parameters:
    ///   - caller: whose key it is; callers do not share keys.
    ///   - key: as the caller chose it.
    ///   - item: the number of the event in the request.
    ///   - body: what the request says of this event.
    public init(caller: String, key: String, item: Int = 0, body: [UInt8]) {
        var hasher = SHA256()
        // Lengths first, so that no two triples read alike.
        hasher.update(data: Array("idempotency \(caller.utf8.count) \(key.utf8.count) \(item) \(caller)\(key)".utf8))
        let digest = Array(hasher.finalize())
        let (high, low) = digest.withUnsafeBytes { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        eventID = EventID(
            high: (high & ~0xF000) | 0x8000, low: (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000)
        // No hash of a caller's own has a NUL in it, so none can be like this one.
        hash = "\0idempotency \(eventID)"
        var bodyHasher = SHA256()
        bodyHasher.update(data: body)
        bodyDigest = bodyHasher.finalize().withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}
