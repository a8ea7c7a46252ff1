extension StreamCatalog {
    /// Makes a key.
    ///
    /// - Throws: ``KeyError``; ``LogError``.
    public func createKey(_ key: APIKey) async throws {
        if !key.problems.isEmpty { throw KeyError.invalid(key.problems) }
        guard items(.key).count < KeyError.maximumKeys else { throw KeyError.tooMany }
        let value = key.catalogValue
        let name = key.name
        _ = try await update(.key, name) { item in
            // The same one when the outcome of writing it was unknown.
            if let item, item.value != value { throw KeyError.exists(name) }
            return value
        }
    }

    /// Revokes a key.
    ///
    /// - Throws: ``KeyError/unknown(_:)``; ``LogError``.
    public func revokeKey(_ name: String) async throws {
        guard item(.key, name) != nil else { throw KeyError.unknown(name) }
        _ = try await update(.key, name) { _ in nil }
    }
}

/// Why something cannot be done with a key.
public enum KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// How many there may be.
    public static let maximumKeys = 10_000

    case invalid([FieldProblem])
    case exists(String)
    case unknown(String)
    case tooMany

    public var description: String {
        switch self {
        case .invalid(let problems): problems.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
        case .exists(let name): "there is a key \(name) already: revoke it, or use another name"
        case .unknown(let name): "there is no key \(name)"
        case .tooMany: "there are \(Self.maximumKeys) keys, which is as many as there may be: revoke some"
        }
    }
}
