import Daybook

/// The place in the order of events where a page ended. It is good on every server, and stays good whatever is written.
///
/// As text it is opaque and safe in URLs: base64url of a version byte, the order, and the key of the page's last event.
public struct QueryCursor: Hashable, Sendable, CustomStringConvertible {
    let order: EventQuery.Order
    let createdAt: Int64
    let createdTime: Int64
    let partition: StreamPartition
    let offset: Int64

    private static let version: UInt8 = 1

    init(order: EventQuery.Order, createdAt: Int64, createdTime: Int64, partition: StreamPartition, offset: Int64) {
        self.order = order
        self.createdAt = createdAt
        self.createdTime = createdTime
        self.partition = partition
        self.offset = offset
    }

    public var description: String {
        var bytes: [UInt8] = [Self.version, order == .ascending ? 0 : 1]
        for number in [createdAt, createdTime, offset] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        withUnsafeBytes(of: partition.partition.littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: partition.stream.utf8)
        return Base64URL.encode(bytes)
    }

    /// Reads what ``description`` wrote.
    ///
    /// - Throws: ``QueryError/badCursor``.
    public init(_ text: String) throws(QueryError) {
        guard let bytes = Base64URL.decode(text), bytes.count > 30, bytes[0] == Self.version, bytes[1] <= 1,
            let stream = String(validating: bytes[30...], as: UTF8.self)
        else { throw .badCursor }
        func number(_ at: Int) -> Int64 {
            bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: Int64.self)) }
        }
        let partition = bytes.withUnsafeBytes {
            Int32(littleEndian: $0.loadUnaligned(fromByteOffset: 26, as: Int32.self))
        }
        guard partition >= 0, number(18) >= 0 else { throw .badCursor }
        self.init(
            order: bytes[1] == 0 ? .ascending : .descending, createdAt: number(2), createdTime: number(10),
            partition: StreamPartition(stream, partition), offset: number(18))
    }
}

/// Base64 with the alphabet for URLs (RFC 4648, section 5), without padding.
enum Base64URL {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var at = 0
        while at < bytes.count {
            let rest = bytes.count - at
            let word =
                UInt32(bytes[at]) << 16 | (rest > 1 ? UInt32(bytes[at + 1]) << 8 : 0)
                | (rest > 2 ? UInt32(bytes[at + 2]) : 0)
            for digit in 0..<min(4, rest + 1) { text.append(digits[Int(word >> UInt32(18 - 6 * digit)) & 63]) }
            at += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for what ``encode(_:)`` does not give.
    static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 4 != 1, text.utf8.count <= 1024 else { return nil }
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        for byte in text.utf8 {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            word = word << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        guard word & (1 << UInt32(bits) - 1) == 0 else { return nil }
        return bytes
    }
}
