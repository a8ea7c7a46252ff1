import LosslessJSON

/// Collects what is wrong with the members of a summary or dataset.
struct MemberCheck {
    /// How many problems are told; a payload may have a million members.
    private static let told = 32
    private let place: String
    private var untold = 0
    private var collected: [FieldProblem] = []

    /// - Parameter place: what the members are in: `summary` or `payload`.
    init(_ place: String) {
        self.place = place
    }

    var problems: [FieldProblem] {
        untold == 0 ? collected : collected + [FieldProblem("…", "too_many", "\(untold) more problems like these")]
    }

    mutating func fail(_ name: String, _ code: String, _ message: String) {
        if collected.count < Self.told {
            collected.append(FieldProblem("\(place).\(name)", code, message))
        } else {
            untold += 1
        }
    }

    /// Holds a member against what is said of it.
    mutating func member(_ name: String, _ value: JSONText?, type: DatasetFieldType?, isOptional: Bool = false) {
        guard let value else {
            if !isOptional { fail(name, "missing", "is missing") }
            return
        }
        if let type, !type.accepts(value) {
            fail(name, "bad_type", "must be \(type.phrase), not \(Self.told(value))")
        }
    }

    /// Finds members that nothing is said of, and those that are given more than once.
    mutating func others(_ members: JSONMembers, known: Set<String>) {
        var seen: Set<String> = []
        for (name, _) in members {
            if !seen.insert(name).inserted {
                fail(name, "duplicate", "is given more than once")
            } else if !known.contains(name) {
                fail(name, "unknown_field", "the topic has no such member")
            }
        }
    }

    /// Scalars as they are, unless they are long.
    private static func told(_ value: JSONText) -> String {
        switch value.kind {
        case .object: "an object"
        case .array: "an array"
        case .string, .number, .bool, .null:
            value.bytes.count <= 64 ? value.description : "a long \(value.kind.rawValue)"
        }
    }
}
