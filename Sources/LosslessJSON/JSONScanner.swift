/// Walks over JSON (RFC 8259) and checks it, without making anything of it.
///
/// It keeps its own stack of one bit per open array or object, so that the depth of a text can never exhaust the thread's stack.
struct JSONScanner {
    let text: UnsafeRawBufferPointer
    let maximumDepth: Int
    /// The offset of the next byte.
    var at = 0
    /// Set when insignificant white space was passed; the caller resets it.
    var sawWhiteSpace = false
    /// Set when a string with an escape was passed; the caller resets it.
    var sawEscape = false

    /// - Throws: when the text is longer than allowed, or begins with a byte order mark.
    init(_ text: UnsafeRawBufferPointer, limits: JSONLimits) throws(JSONError) {
        self.text = text
        maximumDepth = limits.maximumDepth
        guard text.count <= limits.maximumBytes else {
            throw JSONError(.tooLarge(limit: limits.maximumBytes), offset: 0, line: 1, column: 1)
        }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark, at: 0) }
    }

    /// The next byte; nil at the end.
    @inline(__always)
    var next: UInt8? { at < text.count ? text[at] : nil }

    func error(_ reason: JSONError.Reason, at offset: Int) -> JSONError {
        JSONError(reason, at: offset, in: text)
    }

    func unexpected(wanted: String) -> JSONError {
        error(.expected(wanted, found: next), at: at)
    }

    @inline(__always)
    mutating func skipWhiteSpace() {
        while at < text.count, text[at].isJSONWhiteSpace {
            sawWhiteSpace = true
            at += 1
        }
    }

    /// Passes one expected byte.
    @inline(__always)
    mutating func skip(_ byte: UInt8, wanted: StaticString) throws(JSONError) {
        guard next == byte else { throw unexpected(wanted: "\(wanted)") }
        at += 1
    }

    /// To be called behind the document: nothing but white space may follow.
    mutating func finish() throws(JSONError) {
        let seen = sawWhiteSpace
        skipWhiteSpace()
        sawWhiteSpace = seen
        guard at == text.count else { throw error(.trailingBytes, at: at) }
    }

    /// Passes one value of any kind, which `depth` arrays and objects enclose.
    mutating func skipValue(depth: Int = 0) throws(JSONError) {
        var open = OpenContainers()
        while true {
            // A value begins here.
            skipWhiteSpace()
            guard at < text.count else { throw unexpected(wanted: "a value") }
            switch text[at] {
            case UInt8(ascii: "\""):
                try skipString()
            case UInt8(ascii: "{"):
                try checkDepth(depth + open.count)
                at += 1
                skipWhiteSpace()
                if next == UInt8(ascii: "}") {
                    at += 1
                } else {
                    open.push(object: true)
                    try skipKey(wanted: "'\"' or '}'")
                    continue
                }
            case UInt8(ascii: "["):
                try checkDepth(depth + open.count)
                at += 1
                skipWhiteSpace()
                if next == UInt8(ascii: "]") {
                    at += 1
                } else {
                    open.push(object: false)
                    continue
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try skipNumber()
            case UInt8(ascii: "t"): try skipLiteral("true")
            case UInt8(ascii: "f"): try skipLiteral("false")
            case UInt8(ascii: "n"): try skipLiteral("null")
            default: throw unexpected(wanted: "a value")
            }
            // A value ends here, and perhaps what it stands in.
            closing: while true {
                if open.isEmpty { return }
                skipWhiteSpace()
                switch (next, open.topIsObject) {
                case (UInt8(ascii: ","), let inObject):
                    at += 1
                    if inObject {
                        skipWhiteSpace()
                        try skipKey(wanted: "'\"'")
                    }
                    break closing
                case (UInt8(ascii: "}"), true), (UInt8(ascii: "]"), false):
                    at += 1
                    open.pop()
                case (_, let inObject):
                    throw unexpected(wanted: inObject ? "',' or '}'" : "',' or ']'")
                }
            }
        }
    }

    /// Passes a member's name and the colon; white space before it is passed already.
    private mutating func skipKey(wanted: StaticString) throws(JSONError) {
        guard next == UInt8(ascii: "\"") else { throw unexpected(wanted: "\(wanted)") }
        try skipString()
        skipWhiteSpace()
        try skip(UInt8(ascii: ":"), wanted: "':'")
    }

    private func checkDepth(_ enclosing: Int) throws(JSONError) {
        guard enclosing < maximumDepth else { throw error(.tooDeep(limit: maximumDepth), at: at) }
    }

    private mutating func skipLiteral(_ literal: StaticString) throws(JSONError) {
        let matches = literal.withUTF8Buffer { wanted in
            at + wanted.count <= text.count
                && UnsafeRawBufferPointer(rebasing: text[at..<at + wanted.count]).elementsEqual(wanted)
        }
        guard matches else { throw unexpected(wanted: "a value") }
        at += literal.utf8CodeUnitCount
    }
}

extension UInt8 {
    @inline(__always)
    var isJSONWhiteSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

/// Which arrays and objects are open: a stack of bits that allocates nothing down to 64 levels.
private struct OpenContainers {
    private(set) var count = 0
    private var current: UInt64 = 0
    private var full: [UInt64] = []

    var isEmpty: Bool { count == 0 }
    var topIsObject: Bool { current & 1 == 1 }

    mutating func push(object: Bool) {
        if count > 0, count % 64 == 0 { full.append(current) }
        current = current << 1 | (object ? 1 : 0)
        count += 1
    }

    mutating func pop() {
        count -= 1
        current >>= 1
        if count > 0, count % 64 == 0 { current = full.popLast() ?? 0 }
    }
}
