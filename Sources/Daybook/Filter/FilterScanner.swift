import LosslessJSON

/// Goes through the text of a filter, and knows where it is.
struct FilterScanner {
    private let bytes: [UInt8]
    private(set) var at = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// An error about a place.
    ///
    /// - Parameter place: in bytes; nil is here. People count characters.
    func error(_ message: String, at place: Int? = nil) -> InvalidFilter {
        let column = String(decoding: bytes[..<(place ?? at)], as: UTF8.self).count + 1
        return InvalidFilter("column \(column)", message: message)
    }

    /// An error that says what stands here instead.
    func expected(_ what: String) -> InvalidFilter {
        error("expected \(what), found \(found)")
    }

    private var found: String {
        guard at < bytes.count else { return "the end" }
        let rest = String(decoding: bytes[at...].prefix(80), as: UTF8.self)
        let word = rest.prefix { !$0.isWhitespace && $0 != "(" && $0 != ")" && $0 != "," }
        return "'\(word.isEmpty ? rest.prefix(1) : word.prefix(30))'"
    }

    mutating func skipBlanks() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    var isAtEnd: Bool { at == bytes.count }

    /// Takes a sign that stands here.
    mutating func take(_ sign: StaticString) -> Bool {
        sign.withUTF8Buffer { sign in
            guard bytes[at...].starts(with: sign) else { return false }
            at += sign.count
            return true
        }
    }

    /// Takes a word that stands here as a whole, whatever its case.
    mutating func takeWord(_ word: String) -> Bool {
        let end = bytes[at...].firstIndex { !Self.isPartOfName($0) } ?? bytes.count
        guard String(decoding: bytes[at..<end], as: UTF8.self).lowercased() == word else { return false }
        at = end
        return true
    }

    /// Takes letters, digits, `_` and `-`; nil when there is none.
    mutating func takeName() -> String? {
        let end = bytes[at...].firstIndex { !Self.isPartOfName($0) } ?? bytes.count
        guard end > at else { return nil }
        defer { at = end }
        return String(decoding: bytes[at..<end], as: UTF8.self)
    }

    /// Takes a value without quotes; nil when there is none.
    mutating func takeBareValue() -> String? {
        let end = bytes[at...].firstIndex { !Self.isPartOfBareValue($0) } ?? bytes.count
        guard end > at else { return nil }
        defer { at = end }
        return String(decoding: bytes[at..<end], as: UTF8.self)
    }

    /// Takes a text in quotes, with the escapes of JSON; nil when there is none.
    mutating func takeQuoted() throws(InvalidFilter) -> String? {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return nil }
        var end = at + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < bytes.count else { throw error("this text has no closing quote") }
        do {
            guard let text = try JSONText(bytes[at...end]).stringValue else { throw error("this is no text") }
            at = end + 1
            return text
        } catch let error as JSONError {
            throw self.error("this text is not valid JSON: \(error)")
        } catch {
            throw self.error("this text is not valid")
        }
    }

    static func isPartOfName(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }

    static func isPartOfBareValue(_ byte: UInt8) -> Bool {
        isPartOfName(byte) || ".*@/:+%".utf8.contains(byte)
    }
}
