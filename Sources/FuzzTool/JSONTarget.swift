import LosslessJSON

/// LosslessJSON: all its readers agree on what is JSON and on what it says, and what one reads it writes the same way.
struct JSONTarget: FuzzTarget {
    struct Input {
        var bytes: [UInt8]
        /// What it says, when it is of the grammar.
        var value: JSONValue?
    }

    func input(_ random: inout FuzzRandom) -> Input {
        if random.oneIn(50) { return Input(bytes: Self.deep(&random)) }
        let value = JSONGrammar.value(&random)
        var bytes = JSONGrammar.write(value, &random)
        if random.oneIn(2) { return Input(bytes: bytes, value: value) }
        JSONGrammar.mutator.mutate(&bytes, &random)
        return Input(bytes: bytes)
    }

    /// Levels around the limit, closed or not.
    private static func deep(_ random: inout FuzzRandom) -> [UInt8] {
        let count = random.pick([1, 100, 126, 127, 128, 129, 130, 1000, 100_000])
        let open = random.pick(["[", "{\"a\":", "[[{\"\":"])
        let close = open == "[" ? "]" : open.hasPrefix("{") ? "}" : "}]]"
        return Array(repeatElement(open, count: count).joined().utf8) + (random.oneIn(2) ? Array("1".utf8) : [])
            + Array(repeatElement(close, count: random.oneIn(2) ? count : random.below(count)).joined().utf8)
    }

    func run(_ input: Input) throws -> Bool {
        let bytes = input.bytes
        let tree = try? JSONValue(bytes)
        let members = try? JSONMembers(bytes)
        let elements = try? JSONElements(bytes)
        guard let text = try? JSONText(bytes) else {
            try check(input.value == nil, "a document of the grammar is refused")
            try check(tree == nil && members == nil && elements == nil, "one reader takes what another refuses")
            return false
        }
        try check((try? JSONText(text.bytes)) == text, "read again it is another text")
        guard let tree else { throw Violation("JSONValue refuses what JSONText takes") }
        if let value = input.value {
            try check(JSONText(tree) == JSONText(value), "it says \(JSONText(tree)), not \(JSONText(value))")
        }
        try check((try? JSONValue(JSONText(tree))) == tree, "written and read again it is another value")
        try check((members != nil) == text.isObject, "JSONMembers and JSONText disagree on what is an object")
        try check((elements != nil) == text.isArray, "JSONElements and JSONText disagree on what is an array")
        if let members, case .object(let wanted) = tree {
            let read = try members.map { JSONValue.Member($0.key, try JSONValue($0.value)) }
            try check(read == wanted, "members say something else than the whole")
            for member in wanted {
                let last = wanted.last { $0.key == member.key }?.value
                try check(
                    try members[member.key].map { try JSONValue($0) } == last,
                    "'\(member.key)' is not found as its last value")
            }
        }
        if let elements, case .array(let wanted) = tree {
            try check(try elements.map { try JSONValue($0) } == wanted, "elements say something else than the whole")
        }
        try scalars(text, tree)
        return true
    }

    private func scalars(_ text: JSONText, _ tree: JSONValue) throws {
        switch tree {
        case .string(let string): try check(text.stringValue == string, "stringValue is another text")
        case .number(let number):
            try check(text.numberText == number, "numberText is another number")
            if let integer = text.int64Value {
                try check(
                    Double(integer) == text.doubleValue,
                    "int64Value is \(integer), doubleValue \(text.doubleValue ?? .nan)")
            }
        case .bool(let flag): try check(text.boolValue == flag, "boolValue is wrong")
        case .null: try check(text.isNull, "isNull is wrong")
        case .array, .object: try check(text.stringValue == nil && text.int64Value == nil, "no scalar is taken for one")
        }
    }

    func describe(_ input: Input) -> String { String(decoding: input.bytes.prefix(2000), as: UTF8.self) }
}
