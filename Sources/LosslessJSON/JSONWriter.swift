/// Writes compact JSON behind what its bytes hold already. Commas come by themselves; that each object and array is
/// closed, and each key followed by one value, is the caller's part.
public struct JSONWriter: Sendable {
    public var bytes: [UInt8]
    private var needsComma = false

    /// - Parameter bytes: what to write behind.
    public init(appendingTo bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    public init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the next member. It is written as it is: for names in the program, which need no escapes.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of the next member, when it comes from outside.
    public mutating func key(escaping name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// A string given as UTF-8, which must be valid.
    public mutating func string(utf8 text: UnsafeRawBufferPointer) {
        beforeValue()
        bytes.append(UInt8(ascii: "\""))
        bytes.appendEscaped(text)
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func raw(_ text: JSONText) {
        beforeValue()
        bytes.append(contentsOf: text.bytes)
    }

    /// JSON that is known to be valid, as it is.
    public mutating func raw(utf8 text: UnsafeRawBufferPointer) {
        beforeValue()
        bytes.append(contentsOf: text)
    }

    public mutating func int(_ value: some FixedWidthInteger) {
        beforeValue()
        if let small = UInt64(exactly: value) {
            bytes.appendDecimal(small)
        } else if let value = Int64(exactly: value) {
            bytes.append(UInt8(ascii: "-"))
            bytes.appendDecimal(value.magnitude)
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }

    /// The shortest decimal that reads back as the same number, without `.0` behind a whole one. JSON knows no
    /// infinities and no NaN: these are written as null.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        if value.magnitude < 9_007_199_254_740_992, value.rounded(.towardZero) == value,
            value != 0 || value.sign == .plus
        {
            return int(Int64(value))
        }
        beforeValue()
        let text = value.description
        bytes.append(contentsOf: text.hasSuffix(".0") ? text.utf8.dropLast(2) : text.utf8[...])
    }

    public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
    public mutating func null() { literal("null") }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let text): raw(JSONText(trusting: Array(text.utf8)))
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(escaping: member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Ends a document with a line feed (NDJSON); the next one begins.
    public mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func literal(_ text: StaticString) {
        beforeValue()
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    @inline(__always)
    private mutating func beforeValue() {
        separate()
        needsComma = true
    }
}

extension [UInt8] {
    /// Appends UTF-8 with what a JSON string must escape escaped, and nothing else.
    fileprivate mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        var written = 0
        var at = 0
        while at < text.count {
            if at + 8 <= text.count {
                let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                if word.bytesToLookAt == 0 {
                    at += 8
                    continue
                }
            }
            // One by one, up to eight of them: a word that holds a multibyte scalar needs no escape for it.
            for _ in 0..<Swift.min(8, text.count - at) {
                let byte = text[at]
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    append(contentsOf: UnsafeRawBufferPointer(rebasing: text[written..<at]))
                    appendEscape(byte)
                    written = at + 1
                }
                at += 1
            }
        }
        append(contentsOf: UnsafeRawBufferPointer(rebasing: text[written...]))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            append(byte >> 4 + UInt8(ascii: "0"))
            append((byte & 15) + (byte & 15 < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
    }

    /// Appends the decimal digits, at least one.
    fileprivate mutating func appendDecimal(_ value: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            repeat {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0"))
                rest /= 10
            } while rest > 0
            append(contentsOf: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: digits[start...])))
        }
    }
}
