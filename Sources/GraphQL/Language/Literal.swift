import LosslessJSON

/// A value written in a document.
struct Literal: Sendable {
    indirect enum Kind: Sendable {
        case variable(String)
        case null
        case bool(Bool)
        /// As it was written.
        case int(String)
        /// As it was written.
        case float(String)
        case string(String)
        case enumeration(String)
        case list([Literal])
        case object([Member])
    }

    struct Member: Sendable {
        var name: Name
        var value: Literal
    }

    var kind: Kind
    var offset: Int
}

extension Literal {
    /// Equal text means equal value, wherever the literals stand and in whatever order their members are.
    var canonicalText: String {
        switch kind {
        case .variable(let name): "$\(name)"
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let text), .float(let text), .enumeration(let text): text
        case .string(let text): JSONText.string(text).description
        case .list(let elements): "[\(elements.map(\.canonicalText).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\($0.name.text):\($0.value.canonicalText)" }.sorted().joined(separator: ","))}"
        }
    }

    /// For messages, which must not be as long as documents may be.
    var shortText: String { canonicalText.shortened }

    /// Calls the body with each variable in the value, in the order they stand.
    func forEachVariable(_ body: (_ name: String, _ offset: Int) -> Void) {
        switch kind {
        case .variable(let name): body(name, offset)
        case .list(let elements): for element in elements { element.forEachVariable(body) }
        case .object(let members): for member in members { member.value.forEachVariable(body) }
        default: break
        }
    }
}

extension String {
    /// At most about 80 characters of it.
    var shortened: String {
        utf8.count <= 80 ? self : "\(prefix(79))…"
    }
}
