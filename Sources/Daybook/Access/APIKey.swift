public import LosslessJSON

/// An API key, as the catalog has it: not the key itself, but what may be done with it.
public struct APIKey: Hashable, Sendable {
    public static let maximumScopes = 64
    private static let maximumName = 100

    /// Names the key, and the user that it stands for.
    public var name: String
    public var role: Role
    public var scopes: [AccessScope]
    public var createdAt: Timestamp
    /// Whose key made it; nil when nobody had to have one.
    public var createdBy: String?
    /// From when on it does not count; nil never.
    public var expires: Timestamp?
    /// ``KeySecret/digest``
    public var digest: String

    public init(
        name: String, role: Role, scopes: [AccessScope] = [], createdAt: Timestamp = .now, createdBy: String? = nil,
        expires: Timestamp? = nil, digest: String
    ) {
        self.name = name
        self.role = role
        self.scopes = scopes
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expires = expires
        self.digest = digest
    }

    /// Who uses it.
    public var caller: Caller {
        Caller(
            name: name, role: role, scopes: scopes, origin: .key, user: nil, expires: expires, keys: [name: digest])
    }

    /// What is wrong with it; empty when nothing is.
    public var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if !Self.isName(name) {
            problems.append(
                FieldProblem(
                    "name", "bad_value",
                    "must be 1 to \(Self.maximumName) letters, digits, '_', '.' and '-', the first and the last one no"
                        + " '.' or '-'"))
        }
        if scopes.count > Self.maximumScopes {
            problems.append(FieldProblem("scopes", "too_long", "must be \(Self.maximumScopes) at most"))
        }
        if let expires, expires <= createdAt {
            problems.append(FieldProblem("expires", "bad_value", "must be in the future, not \(expires)"))
        }
        return problems
    }

    private static func isName(_ name: String) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard let first = name.utf8.first, let last = name.utf8.last, name.utf8.count <= maximumName else {
            return false
        }
        return isWord(first) && isWord(last)
            && name.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }
}

// MARK: - JSON

extension APIKey {
    /// As the catalog keeps it, without the name, which is its key:
    /// `{"role", "scopes", "createdAt", "createdBy", "expires", "sha256"}`.
    var catalogValue: JSONText {
        var json = JSONWriter()
        json.beginObject()
        writeCommon(to: &json)
        json.key("sha256")
        json.string(digest)
        json.endObject()
        return JSONText(trusting: json.bytes)
    }

    /// Nil when it is no key that this version can read: then nobody has it.
    init?(catalogItem item: CatalogItem) {
        guard let members = item.value.members, let digest = members["sha256"]?.stringValue,
            let role = members["role"]?.stringValue.flatMap({ Role(rawValue: $0) }),
            let createdAt = members["createdAt"]?.stringValue.flatMap({ Timestamp($0) })
        else { return nil }
        var scopes: [AccessScope] = []
        // Without one of its scopes it would be allowed more, or less, than was meant.
        guard let elements = members["scopes"]?.elements else { return nil }
        for element in elements {
            guard let text = element.stringValue, let scope = try? AccessScope(text) else { return nil }
            scopes.append(scope)
        }
        var expires: Timestamp?
        if let value = members["expires"], !value.isNull {
            guard let time = value.stringValue.flatMap({ Timestamp($0) }) else { return nil }
            expires = time
        }
        self.init(
            name: item.name, role: role, scopes: scopes, createdAt: createdAt,
            createdBy: members["createdBy"]?.stringValue, expires: expires, digest: digest)
    }

    /// The members that may be shown: all but the digest.
    public func writeMembers(to json: inout JSONWriter) {
        json.key("name")
        json.string(name)
        writeCommon(to: &json)
    }

    private func writeCommon(to json: inout JSONWriter) {
        json.key("role")
        json.string(role.rawValue)
        json.key("scopes")
        json.beginArray()
        for scope in scopes { json.string(scope.description) }
        json.endArray()
        json.key("createdAt")
        json.string(createdAt.description)
        json.key("createdBy")
        if let createdBy { json.string(createdBy) } else { json.null() }
        json.key("expires")
        if let expires { json.string(expires.description) } else { json.null() }
    }
}
