import Crypto

/// The names of CSV files: `<sender>-<topic>`, made safe so that two different pairs never share a file, nor a file
/// with another's rotated ones, and no name leads out of the directory.
enum CSVFileName {
    /// The sender of events that have none.
    static let system = "system"

    /// More would not leave room for `_9999.csv` in the 255 bytes of a name.
    private static let maximumLength = 240
    private static let keptOfLong = 200

    /// The name without `.csv`.
    ///
    /// Bytes other than ASCII letters, digits and `._@+=-` are written as `%XX`; so is a dot in front. A hyphen of the
    /// topic is, too: the last one of the name stands between sender and topic. So is the last underscore of a topic
    /// that ends with `_` and digits, as rotated files do. A name that is too long ends with `~` and its digest.
    static func base(sender: String?, topic: String) -> String {
        var name: [UInt8] = []
        for byte in (sender ?? system).utf8 {
            let isFirstDot = byte == UInt8(ascii: ".") && name.isEmpty
            if byte.isSafeInName, !isFirstDot { name.append(byte) } else { name.appendEscaped(byte) }
        }
        name.append(UInt8(ascii: "-"))
        let lastUnderscore = underscoreOfNumber(topic)
        for (at, byte) in topic.utf8.enumerated() {
            if byte.isSafeInName, byte != UInt8(ascii: "-"), at != lastUnderscore {
                name.append(byte)
            } else {
                name.appendEscaped(byte)
            }
        }
        if name.count > maximumLength {
            let digest = SHA256.hash(data: name).prefix(16).map {
                $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16)
            }
            name.removeSubrange(keptOfLong...)
            name.append(UInt8(ascii: "~"))
            name += digest.joined().utf8
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Where the underscore of a number at the end stands.
    private static func underscoreOfNumber(_ topic: String) -> Int? {
        let utf8 = Array(topic.utf8)
        guard let last = utf8.lastIndex(where: { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            last < utf8.count - 1, utf8[last] == UInt8(ascii: "_")
        else { return nil }
        return last
    }
}

extension UInt8 {
    fileprivate var isSafeInName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._@+=-".utf8.contains(self)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendEscaped(_ byte: UInt8) {
        let digits = Array("0123456789ABCDEF".utf8)
        append(UInt8(ascii: "%"))
        append(digits[Int(byte >> 4)])
        append(digits[Int(byte & 15)])
    }
}
