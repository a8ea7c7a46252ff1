/// The members of an object, one level deep, in the order they were written: names with escapes resolved, values as text.
///
/// One pass over the bytes checks everything, also inside the values. A name that is repeated is kept each time;
/// looking it up gives the last, as readers of JSON commonly do.
public struct JSONMembers: Sendable, RandomAccessCollection {
    private var members: [(key: String, value: JSONText)]

    /// Checks a text that is to be an object.
    ///
    /// - Throws: as ``JSONText/init(_:limits:)-(UnsafeRawBufferPointer,_)``, and when the document is no object.
    public init(_ text: UnsafeRawBufferPointer, limits: JSONLimits = .standard) throws(JSONError) {
        var scanner = try JSONScanner(text, limits: limits)
        members = []
        scanner.skipWhiteSpace()
        guard limits.maximumDepth > 0 else { throw scanner.error(.tooDeep(limit: 0), at: scanner.at) }
        try scanner.skip(UInt8(ascii: "{"), wanted: "'{'")
        scanner.skipWhiteSpace()
        if scanner.next == UInt8(ascii: "}") {
            scanner.at += 1
        } else {
            members.reserveCapacity(16)
            try takeMembers(from: &scanner)
        }
        try scanner.finish()
    }

    private mutating func takeMembers(from scanner: inout JSONScanner) throws(JSONError) {
        while true {
            let start = scanner.at
            guard scanner.next == UInt8(ascii: "\"") else {
                throw scanner.unexpected(wanted: members.isEmpty ? "'\"' or '}'" : "'\"'")
            }
            scanner.sawEscape = false
            try scanner.skipString()
            let name = UnsafeRawBufferPointer(rebasing: scanner.text[start..<scanner.at])
            let key = name.unquotedJSONString(hasEscapes: scanner.sawEscape)
            scanner.skipWhiteSpace()
            try scanner.skip(UInt8(ascii: ":"), wanted: "':'")
            scanner.skipWhiteSpace()
            members.append((key, try scanner.takeValue(depth: 1)))
            scanner.skipWhiteSpace()
            switch scanner.next {
            case UInt8(ascii: ","):
                scanner.at += 1
                scanner.skipWhiteSpace()
            case UInt8(ascii: "}"):
                scanner.at += 1
                return
            default: throw scanner.unexpected(wanted: "',' or '}'")
            }
        }
    }

    /// Checks a text that is to be an object.
    public init(_ text: some Sequence<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        self = try withBytes(of: text) { bytes throws(JSONError) in try JSONMembers(bytes, limits: limits) }
    }

    /// The value under a name; of several the last.
    public subscript(key: String) -> JSONText? {
        members.last { $0.key == key }?.value
    }

    /// Takes all members out that have one of these names.
    public mutating func removeAll(named names: Set<String>) {
        members.removeAll { names.contains($0.key) }
    }

    public var startIndex: Int { members.startIndex }
    public var endIndex: Int { members.endIndex }
    public subscript(index: Int) -> (key: String, value: JSONText) { members[index] }
}

/// The elements of an array, one level deep, as text.
public struct JSONElements: Sendable, RandomAccessCollection {
    private var elements: [JSONText]

    /// Checks a text that is to be an array.
    ///
    /// - Throws: as ``JSONText/init(_:limits:)-(UnsafeRawBufferPointer,_)``, and when the document is no array.
    public init(_ text: UnsafeRawBufferPointer, limits: JSONLimits = .standard) throws(JSONError) {
        var scanner = try JSONScanner(text, limits: limits)
        elements = []
        scanner.skipWhiteSpace()
        guard limits.maximumDepth > 0 else { throw scanner.error(.tooDeep(limit: 0), at: scanner.at) }
        try scanner.skip(UInt8(ascii: "["), wanted: "'['")
        scanner.skipWhiteSpace()
        if scanner.next == UInt8(ascii: "]") {
            scanner.at += 1
        } else {
            try takeElements(from: &scanner)
        }
        try scanner.finish()
    }

    private mutating func takeElements(from scanner: inout JSONScanner) throws(JSONError) {
        while true {
            scanner.skipWhiteSpace()
            elements.append(try scanner.takeValue(depth: 1))
            scanner.skipWhiteSpace()
            switch scanner.next {
            case UInt8(ascii: ","): scanner.at += 1
            case UInt8(ascii: "]"):
                scanner.at += 1
                return
            default: throw scanner.unexpected(wanted: "',' or ']'")
            }
        }
    }

    /// Checks a text that is to be an array.
    public init(_ text: some Sequence<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        self = try withBytes(of: text) { bytes throws(JSONError) in try JSONElements(bytes, limits: limits) }
    }

    public var startIndex: Int { elements.startIndex }
    public var endIndex: Int { elements.endIndex }
    public subscript(index: Int) -> JSONText { elements[index] }
}

extension JSONText {
    /// The members when this is an object; nil for all else.
    public var members: JSONMembers? {
        isObject ? try? JSONMembers(bytes, limits: JSONLimits(maximumDepth: .max)) : nil
    }

    /// The elements when this is an array; nil for all else.
    public var elements: JSONElements? {
        isArray ? try? JSONElements(bytes, limits: JSONLimits(maximumDepth: .max)) : nil
    }
}
