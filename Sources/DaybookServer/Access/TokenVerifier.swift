public import Daybook

/// What becomes of a token.
public enum TokenVerdict: Hashable, Sendable {
    case caller(Caller)
    /// It is no token of this verifier's kind; another one may know it.
    case unknown
    /// It is, and does not count, with the reason: for the log, and without the token in it.
    case refused(String)
}

/// Knows who the bearer of a token is, for tokens that are no API keys.
public protocol TokenVerifier: Sendable {
    func verdict(on token: String) async -> TokenVerdict
}
