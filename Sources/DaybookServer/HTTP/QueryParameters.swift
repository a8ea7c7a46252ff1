/// The query of a URL: names that the route knows, each perhaps several times.
struct QueryParameters {
    private var parameters: [(name: String, value: String)] = []

    /// - Parameters:
    ///   - query: the part behind the question mark, as it was sent.
    ///   - known: the names the route takes.
    /// - Throws: ``Problem`` (400) for a name it does not take, or an escape that is none.
    init(_ query: String?, known: [String]) throws(Problem) {
        guard let query, !query.isEmpty else { return }
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            guard let decodedName = Self.decode(name), let value = Self.decode(part.dropFirst(name.count + 1)) else {
                throw .validation([
                    .init(["query"], "'\(Substring(part))' is no valid percent-encoded UTF-8", type: "bad_value")
                ])
            }
            guard known.contains(decodedName) else {
                let allowed = known.isEmpty ? "this route takes none" : "allowed are \(known.joined(separator: ", "))"
                throw .validation([.init(["query", decodedName], "unknown parameter; \(allowed)", type: "unknown")])
            }
            parameters.append((decodedName, value))
        }
    }

    /// All values of a parameter, in order.
    func all(_ name: String) -> [String] {
        parameters.filter { $0.name == name }.map(\.value)
    }

    /// The value of a parameter that may be given once.
    func one(_ name: String) throws(Problem) -> String? {
        let values = all(name)
        guard values.count < 2 else { throw .parameter(name, "may be given only once") }
        return values.first
    }

    /// A whole number in a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = try one(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .parameter(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// `true` or `false`; a name alone means true.
    func flag(_ name: String) throws(Problem) -> Bool? {
        switch try one(name) {
        case nil: return nil
        case "true", "1", "": return true
        case "false", "0": return false
        default: throw .parameter(name, "must be true or false")
        }
    }

    /// One of several words.
    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(Problem) -> Value? where Value.RawValue == String {
        guard let text = try one(name) else { return nil }
        return try Self.choice(name, text)
    }

    /// Any of several words, for a parameter that may be repeated.
    func choices<Value: RawRepresentable & CaseIterable>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(Problem) -> [Value] where Value.RawValue == String {
        var values: [Value] = []
        for text in all(name) { values.append(try Self.choice(name, text)) }
        return values
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ text: String
    ) throws(Problem) -> Value where Value.RawValue == String {
        if let value = Value(rawValue: text) { return value }
        let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw .parameter(name, "'\(text)' is not one of \(allowed)")
    }

    /// Resolves `%xx` and `+` (a blank, as forms and most clients write it); nil when it is no UTF-8 without NUL then.
    static func decode(_ text: some Sequence<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexDigit), let low = iterator.next().flatMap(hexDigit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
