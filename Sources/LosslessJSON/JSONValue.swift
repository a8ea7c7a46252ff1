/// A JSON document taken apart to the last value. Numbers stay text, and members keep their order.
///
/// For code that looks inside; code that only passes JSON on is better served by ``JSONText``.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As it was written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var key: String
        public var value: JSONValue

        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// Values are nested as the language nests them, so that each level costs stack.
    public static let maximumDepth = 512

    /// Takes a document apart.
    ///
    /// - Throws: ``JSONError/Reason/tooDeep(limit:)`` when it has more than ``maximumDepth`` levels.
    public init(_ text: JSONText) throws(JSONError) {
        // The text is valid; what may be wrong is its depth.
        try self.init(text.bytes, limits: JSONLimits(maximumDepth: Self.maximumDepth))
    }

    /// Checks a text and takes it apart.
    public init(_ text: some Sequence<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        var limits = limits
        limits.maximumDepth = min(limits.maximumDepth, Self.maximumDepth)
        self = try withBytes(of: text) { bytes throws(JSONError) in
            // Once checked as a whole, the rest is only reading.
            _ = try JSONText(bytes, limits: limits)
            var scanner = try JSONScanner(bytes, limits: limits)
            return try Self.read(&scanner)
        }
    }

    /// The value under a name when this is an object that has it; of several the last.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> JSONValue {
        scanner.skipWhiteSpace()
        switch scanner.next {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            try readItems(&scanner, end: UInt8(ascii: "}")) { scanner throws(JSONError) in
                let key = try readString(&scanner)
                scanner.skipWhiteSpace()
                try scanner.skip(UInt8(ascii: ":"), wanted: "':'")
                members.append(Member(key, try read(&scanner)))
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try readItems(&scanner, end: UInt8(ascii: "]")) { scanner throws(JSONError) in
                elements.append(try read(&scanner))
            }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try readString(&scanner))
        default:
            let scalar = try scanner.takeValue()
            if let bool = scalar.boolValue { return .bool(bool) }
            return scalar.numberText.map(JSONValue.number) ?? .null
        }
    }

    private static func readItems(
        _ scanner: inout JSONScanner, end: UInt8, _ item: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        scanner.at += 1
        scanner.skipWhiteSpace()
        while scanner.next != end {
            try item(&scanner)
            scanner.skipWhiteSpace()
            if scanner.next == UInt8(ascii: ",") {
                scanner.at += 1
                scanner.skipWhiteSpace()
            }
        }
        scanner.at += 1
    }

    private static func readString(_ scanner: inout JSONScanner) throws(JSONError) -> String {
        let start = scanner.at
        scanner.sawEscape = false
        try scanner.skipString()
        return UnsafeRawBufferPointer(rebasing: scanner.text[start..<scanner.at])
            .unquotedJSONString(hasEscapes: scanner.sawEscape)
    }
}

extension JSONText {
    /// Writes a value down. The text of its numbers is taken as it is.
    public init(_ value: JSONValue) {
        var writer = JSONWriter()
        writer.value(value)
        self.init(trusting: writer.bytes)
    }
}
