/// Why a text is not JSON that is accepted here, and where.
public struct JSONError: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// Something else stands where the named thing is wanted; `found` is nil at the end of the text.
        case expected(String, found: UInt8?)
        /// More follows behind the end of the document.
        case trailingBytes
        case byteOrderMark
        case unterminatedString
        /// A raw byte below 0x20 in a string.
        case controlCharacter(UInt8)
        /// U+0000 in a string, raw or escaped: databases and C libraries cannot hold it.
        case nul
        case invalidEscape
        /// A `\u` escape of one half of a surrogate pair.
        case loneSurrogate
        case invalidUTF8
        case invalidNumber
        case tooDeep(limit: Int)
        case tooLarge(limit: Int)
    }

    public var reason: Reason
    /// In bytes from the start of the text.
    public var offset: Int
    /// From 1.
    public var line: Int
    /// In bytes, from 1.
    public var column: Int

    public init(_ reason: Reason, offset: Int, line: Int, column: Int) {
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }

    init(_ reason: Reason, at offset: Int, in text: UnsafeRawBufferPointer) {
        // Only errors pay for lines: the readers know offsets alone.
        var line = 1
        var lineStart = 0
        for (index, byte) in text.prefix(offset).enumerated() where byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        self.init(reason, offset: offset, line: line, column: offset - lineStart + 1)
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSONError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .expected(let wanted, found: let found): "expected \(wanted), found \(Self.name(of: found))"
        case .trailingBytes: "something follows behind the end of the JSON document"
        case .byteOrderMark: "JSON must not begin with a byte order mark"
        case .unterminatedString: "the string is not closed"
        case .controlCharacter(let byte):
            "control character \(Self.hexadecimal(byte)) in a string (write it as an escape)"
        case .nul: "U+0000 is not allowed in a string"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .invalidUTF8: "invalid UTF-8"
        case .invalidNumber: "invalid number"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooLarge(let limit): "longer than \(limit) bytes"
        }
    }

    private static func name(of byte: UInt8?) -> String {
        guard let byte else { return "the end of the text" }
        return (0x21..<0x7f).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(hexadecimal(byte))"
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0x0\(digits)" : "0x\(digits)"
    }
}
