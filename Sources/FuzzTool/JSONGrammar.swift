import LosslessJSON

/// JSON documents as the grammar has them: first what they hold, then one of the many ways to write it.
enum JSONGrammar {
    static func value(_ random: inout FuzzRandom, depth: Int = 4) -> JSONValue {
        switch random.below(depth > 0 ? 8 : 5) {
        case 0: return random.oneIn(2) ? .null : .bool(random.oneIn(2))
        case 1, 2: return .number(number(&random))
        case 3, 4: return .string(random.text())
        case 5: return .array((0..<random.below(5)).map { _ in value(&random, depth: depth - 1) })
        default: return object(&random, depth: depth - 1)
        }
    }

    static func object(_ random: inout FuzzRandom, depth: Int = 3) -> JSONValue {
        .object((0..<random.below(6)).map { _ in .init(random.text(maximum: 6), value(&random, depth: depth)) })
    }

    static func number(_ random: inout FuzzRandom) -> String {
        func digits(_ random: inout FuzzRandom) -> String {
            String((0...random.below(20)).map { _ in random.pick(Array("0123456789")) })
        }
        var text = random.oneIn(3) ? "-" : ""
        text +=
            random.oneIn(4)
            ? "0" : random.pick(Array("123456789").map(String.init)) + (random.oneIn(2) ? digits(&random) : "")
        if random.oneIn(3) { text += "." + digits(&random) }
        if random.oneIn(4) {
            text +=
                random.pick(["e", "E", "e+", "E-", "e-"])
                + (random.oneIn(20) ? digits(&random) : "\(random.below(400))")
        }
        return text
    }

    /// One way to write a value down.
    static func write(_ value: JSONValue, _ random: inout FuzzRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        write(value, &random, to: &bytes)
        blank(&random, &bytes)
        return bytes
    }

    private static func write(_ value: JSONValue, _ random: inout FuzzRandom, to bytes: inout [UInt8]) {
        blank(&random, &bytes)
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .number(let text): bytes += text.utf8
        case .string(let text): write(text, &random, to: &bytes)
        case .array(let elements):
            list("[", "]", elements, &random, &bytes) { write($0, &$1, to: &$2) }
        case .object(let members):
            list("{", "}", members, &random, &bytes) { member, random, bytes in
                blank(&random, &bytes)
                write(member.key, &random, to: &bytes)
                blank(&random, &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, &random, to: &bytes)
            }
        }
    }

    private static func list<Element>(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element], _ random: inout FuzzRandom,
        _ bytes: inout [UInt8], _ write: (Element, inout FuzzRandom, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for (at, element) in elements.enumerated() {
            if at > 0 { bytes.append(UInt8(ascii: ",")) }
            write(element, &random, &bytes)
            blank(&random, &bytes)
        }
        if elements.isEmpty { blank(&random, &bytes) }
        bytes.append(UInt8(ascii: close))
    }

    private static func write(_ text: String, _ random: inout FuzzRandom, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n" where random.oneIn(2): bytes += "\\n".utf8
            case "/" where random.oneIn(2): bytes += "\\/".utf8
            case _ where scalar.value < 0x20 || random.oneIn(8):
                for unit in String(scalar).utf16 {
                    let hex = String(unit, radix: 16, uppercase: random.oneIn(2))
                    bytes += "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8
                }
            default: bytes += String(scalar).utf8
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func blank(_ random: inout FuzzRandom, _ bytes: inout [UInt8]) {
        while random.oneIn(6) { bytes.append(random.pick([0x20, 0x09, 0x0A, 0x0D])) }
    }

    static let mutator = ByteMutator([
        "{", "}", "[", "]", "[[[[", "{\"a\":", "\"", "\\", "\\u", "\\u0000", "\\ud800", "\\udfff", "\\ud83d\\ude00",
        ":", ",", "-",
        "0", "1e", "1e999999999999", ".", "null", "tru", "false", "\u{FEFF}", "\u{0}", "NaN", "Infinity", "//", "0x1",
        "é",
        "99999999999999999999",
    ])
}
