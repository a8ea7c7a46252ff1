import Crypto
public import Daybook

/// The hash of a job, as AYON makes it: one job for a target and a source.
public enum JobHash {
    /// SHA-256, in hex digits, of the compact JSON `["TARGET","SOURCE-ID"]`.
    public static func text(target: String, source: EventID) -> String {
        // Neither a topic nor an id has anything to be escaped.
        var hasher = SHA256()
        hasher.update(data: Array("[\"\(target)\",\"\(source)\"]".utf8))
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in hasher.finalize() {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
    }

    static func isHash(_ hash: UnsafeRawBufferPointer?, of source: EventID, target: String) -> Bool {
        guard let hash, hash.count == 64 else { return false }
        var text = text(target: target, source: source)
        return text.withUTF8 { hash.isEqual(to: UnsafeRawBufferPointer($0)) }
    }
}
