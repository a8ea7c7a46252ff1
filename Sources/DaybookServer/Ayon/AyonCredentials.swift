import HTTPTypes

/// How a caller of AYON's routes says who it is.
///
/// There are no keys yet, so any key is taken. Sessions, which a login would give, do not exist: a `Bearer` is never one,
/// and AYON's client learns from that refusal that what it holds is a key.
enum AyonCredentials: Equatable {
    case none
    case session
    case key(String)

    init(_ headers: HTTPFields) {
        if let key = headers[.apiKey] {
            self = .key(key)
            return
        }
        let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        switch parts.first?.lowercased() {
        case nil: self = .none
        case "apikey": self = .key(parts.count == 2 ? parts[1] : "")
        default: self = .session
        }
    }

    /// - Throws: 401, in AYON's words, when it is no key.
    func check() throws(Problem) {
        let refusal: String
        switch self {
        case .none: refusal = "Access token is missing"
        case .session: refusal = "Invalid session"
        case .key(""): refusal = "Invalid API key"
        case .key: return
        }
        var problem = Problem(.unauthorized, refusal)
        problem.headers[.wwwAuthenticate] = "ApiKey"
        throw problem
    }

    var isValid: Bool {
        if case .key(let key) = self { !key.isEmpty } else { false }
    }
}
