/// A valid JSON document as it was written: insignificant white space removed, all else kept byte for byte (the digits of
/// numbers, the order of members, repeated members, escapes).
///
/// Equal means equal bytes: `1` and `1.0` differ, and so do objects whose members stand in another order.
public struct JSONText: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Checks a text.
    ///
    /// - Throws: what is wrong and where, when it is not one JSON document in UTF-8 within the limits, or when a string
    ///   in it holds U+0000 or half of a surrogate pair.
    public init(_ text: UnsafeRawBufferPointer, limits: JSONLimits = .standard) throws(JSONError) {
        var scanner = try JSONScanner(text, limits: limits)
        scanner.skipWhiteSpace()
        self = try scanner.takeValue()
        try scanner.finish()
    }

    /// Checks a text; see ``init(_:limits:)-(UnsafeRawBufferPointer,_)``.
    public init(_ text: some Sequence<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        self = try withBytes(of: text) { bytes throws(JSONError) in try JSONText(bytes, limits: limits) }
    }

    /// Checks a text; see ``init(_:limits:)-(UnsafeRawBufferPointer,_)``.
    public init(_ text: String, limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(text.utf8, limits: limits)
    }

    /// Takes a text written in the program; nil when it is not valid.
    public init?(literal text: StaticString) {
        let checked = text.withUTF8Buffer { try? JSONText(UnsafeRawBufferPointer($0)) }
        guard let checked else { return nil }
        self = checked
    }

    /// Takes bytes that are known to be valid and without insignificant white space: those of another `JSONText`,
    /// or what a ``JSONWriter`` wrote.
    public init(trusting bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// `{}`
    public static let emptyObject = JSONText(trusting: Array("{}".utf8))
    /// `[]`
    public static let emptyArray = JSONText(trusting: Array("[]".utf8))
    /// `null`
    public static let null = JSONText(trusting: Array("null".utf8))

    /// A JSON string with this text.
    public static func string(_ text: String) -> JSONText {
        var writer = JSONWriter()
        writer.string(text)
        return JSONText(trusting: writer.bytes)
    }

    public var isObject: Bool { bytes.first == UInt8(ascii: "{") }
    public var isArray: Bool { bytes.first == UInt8(ascii: "[") }
    public var isEmptyObject: Bool { isObject && bytes.count == 2 }
}

extension JSONText: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// What a JSON value is.
public enum JSONKind: String, Hashable, Sendable {
    case null, bool, number, string, array, object
}

extension JSONText {
    public var kind: JSONKind {
        switch bytes.first {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"), nil: .null
        default: .number
        }
    }
}

extension JSONScanner {
    /// Checks the value that begins here and copies it without insignificant white space.
    mutating func takeValue(depth: Int = 0) throws(JSONError) -> JSONText {
        let start = at
        sawWhiteSpace = false
        try skipValue(depth: depth)
        let value = UnsafeRawBufferPointer(rebasing: text[start..<at])
        return JSONText(trusting: sawWhiteSpace ? value.withoutInsignificantWhiteSpace : Array(value))
    }
}

extension UnsafeRawBufferPointer {
    /// For valid JSON only.
    fileprivate var withoutInsignificantWhiteSpace: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { target, length in
            var inString = false
            var index = 0
            while index < count {
                let byte = self[index]
                index += 1
                if inString, byte == UInt8(ascii: "\\") {
                    // The escaped byte, which may be a quotation mark, goes along.
                    target.initializeElement(at: length, to: byte)
                    target.initializeElement(at: length + 1, to: self[index])
                    length += 2
                    index += 1
                    continue
                }
                if byte == UInt8(ascii: "\"") { inString.toggle() }
                if inString || !byte.isJSONWhiteSpace {
                    target.initializeElement(at: length, to: byte)
                    length += 1
                }
            }
        }
    }
}

/// Calls the body with the bytes of a sequence, without copying them when they lie together in memory.
func withBytes<Result>(
    of text: some Sequence<UInt8>, _ body: (UnsafeRawBufferPointer) throws(JSONError) -> Result
) throws(JSONError) -> Result {
    let direct = text.withContiguousStorageIfAvailable { buffer -> Swift.Result<Result, JSONError> in
        attempt { () throws(JSONError) in try body(UnsafeRawBufferPointer(buffer)) }
    }
    if let direct { return try direct.get() }
    let copy = Array(text)
    return try copy.withUnsafeBytes { buffer in
        attempt { () throws(JSONError) in try body(buffer) }
    }.get()
}

private func attempt<Success>(_ body: () throws(JSONError) -> Success) -> Result<Success, JSONError> {
    do {
        return .success(try body())
    } catch {
        return .failure(error)
    }
}
