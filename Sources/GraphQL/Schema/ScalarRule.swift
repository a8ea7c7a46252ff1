import LosslessJSON

/// What a scalar takes as input and gives as output.
enum ScalarRule: Sendable {
    case int, float, string, bool, id
    /// Takes what the function returns for a value of JSON (of literals: what they are in JSON), and gives anything.
    case custom(parse: (@Sendable (JSONValue) throws -> JSONValue)?)

    /// The value a resolver sees for one given as JSON.
    ///
    /// - Throws: why it is no value of this scalar.
    func input(_ value: JSONValue) throws -> JSONValue {
        switch (self, value) {
        case (.int, .number(let text)):
            guard let number = Self.int32(text) else {
                throw Unfit(reason: "\(text.shortened) is not a 32-bit integer")
            }
            return .number(String(number))
        case (.float, .number(let text)):
            guard let number = Double(text), number.isFinite else {
                throw Unfit(reason: "\(text.shortened) is out of range")
            }
            return value
        case (.string, .string), (.bool, .bool), (.id, .string): return value
        case (.id, .number(let text)):
            guard let number = JSONText(trusting: Array(text.utf8)).int64Value else { throw unfit(value) }
            return .string(String(number))
        case (.custom(let parse), _): return try parse?(value) ?? value
        default: throw unfit(value)
        }
    }

    /// The value of a literal, which must not hold variables.
    ///
    /// - Throws: why it is no value of this scalar. Literals are taken more strictly than JSON: `1.0` is no `Int`.
    func input(_ literal: Literal) throws -> JSONValue {
        switch (self, literal.kind) {
        case (.int, .int), (.float, .int), (.float, .float), (.string, .string), (.bool, .bool), (.id, .string):
            return try input(JSONValue(literal, variables: [:]))
        // An identifier may have more digits than an integer.
        case (.id, .int(let text)): return .string(text)
        case (.custom, _): return try input(JSONValue(literal, variables: [:]))
        default: throw Unfit(reason: "\(literal.shortText) is not \(description)")
        }
    }

    private func unfit(_ value: JSONValue) -> Unfit {
        Unfit(reason: "\(JSONText(value).description.shortened) is not \(description)")
    }

    static func int32(_ text: String) -> Int32? {
        JSONText(trusting: Array(text.utf8)).int64Value.flatMap(Int32.init(exactly:))
    }

    /// For messages.
    private var description: String {
        switch self {
        case .int: "an Int"
        case .float: "a Float"
        case .string: "a String"
        case .bool: "a Boolean"
        case .id: "an ID"
        case .custom: "a value of the scalar"
        }
    }

    static let builtIn: [(name: String, description: String, rule: ScalarRule)] = [
        ("String", "Text in Unicode.", .string),
        ("Int", "A whole number of 32 bits with sign.", .int),
        ("Float", "A number of double precision as IEEE 754 has it.", .float),
        ("Boolean", "true or false.", .bool),
        ("ID", "A name for one thing, opaque to clients. Written as a string; taken as an integer too.", .id),
    ]
}

/// Why a value is none of a type.
struct Unfit: Error {
    var reason: String
}
