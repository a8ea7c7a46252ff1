import Crypto

/// The text of an API key: `dbk_` and 64 hex digits, which are 256 random bits.
///
/// It is shown once, to who makes the key; afterwards only its digest is known. Since nobody can guess 256 random bits, a
/// plain SHA-256 is enough: a slow hash would protect what people make up. And since keys are looked up by their digest, how
/// long that takes tells nothing of the text.
public struct KeySecret: Sendable {
    private static let prefix = "dbk_"

    public let text: String

    private init(_ text: String) {
        self.text = text
    }

    /// A new one.
    public static func generate() -> KeySecret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return KeySecret(prefix + hex(bytes))
    }

    public var digest: String { Self.digest(of: text) }

    /// SHA-256 in lower-case hex digits.
    public static func digest(of text: String) -> String { hex(SHA256.hash(data: Array(text.utf8))) }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
