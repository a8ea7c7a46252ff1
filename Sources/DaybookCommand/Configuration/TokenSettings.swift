/// Whose tokens are taken, and what in them counts.
struct TokenSettings: Sendable {
    /// Nil: no tokens are taken.
    var keys: KeySetLocation?
    /// Nil: any.
    var issuer: String?
    /// Nil: any.
    var audience: String?
    /// Nil: the default claims.
    var roleClaim: String?
    var scopesClaim = "daybook_scopes"
}

/// Where the public keys of tokens are.
enum KeySetLocation: Sendable, Equatable {
    case file(String)
    case url(String)

    var text: String {
        switch self {
        case .file(let path): path
        case .url(let url): url
        }
    }

    static func read(_ text: String) -> Result<KeySetLocation, SettingError> {
        guard !text.isEmpty else { return .failure(SettingError("must not be empty")) }
        guard let end = text.firstRange(of: "://") else { return .success(.file(text)) }
        let authority = text[end.upperBound...].prefix { $0 != "/" && $0 != "?" }
        switch text[..<end.lowerBound].lowercased() {
        case "https" where !authority.isEmpty: return .success(.url(text))
        // Whoever can change what comes over the network could sign tokens.
        case "http" where isLoopback(authority): return .success(.url(text))
        default: return .failure(SettingError("'\(text)' must be a file, or begin with https://"))
        }
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        return host == "localhost" || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
    }
}
