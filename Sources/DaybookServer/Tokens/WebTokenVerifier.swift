public import Daybook
import LosslessJSON
import Synchronization

/// Takes JSON web tokens for who their issuer says they are.
///
/// A token has to be signed by a key of the set with an algorithm of that key, to have a subject and an end, and to be of
/// the issuer and for the audience that are wanted.
public final class WebTokenVerifier: TokenVerifier {
    public struct Rules: Sendable {
        /// `iss` has to be this; nil takes any.
        public var issuer: String?
        /// `aud` has to name this; nil takes any.
        public var audience: String?
        /// Where the role is: the first of these claims that is there.
        public var roleClaims = ["daybook_role", "role"]
        public var scopesClaim = "daybook_scopes"
        /// How much clocks may differ, for tokens that count only from some time on.
        public var leeway = Duration.seconds(30)

        public init() {}
    }

    private struct Refusal: Error {
        var reason: String

        init(_ reason: String) {
            self.reason = reason
        }
    }

    /// Tokens that were checked with one version of the keys, so that a signature is checked once.
    private struct Known {
        var version = 0
        var callers: [String: Caller] = [:]
    }

    private static let maximumKnown = 1000
    private static let maximumScopes = 100
    /// Bytes of a subject, as of all names.
    private static let maximumName = 512

    private let keys: TokenKeys
    private let rules: Rules
    private let now: @Sendable () -> Timestamp
    private let known = Mutex(Known())

    public init(keys: TokenKeys, rules: Rules, now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.keys = keys
        self.rules = rules
        self.now = now
    }

    public func verdict(on token: String) async -> TokenVerdict {
        let version = keys.current?.version ?? 0
        if let caller = known.withLock({ $0.version == version ? $0.callers[token] : nil }),
            let end = caller.expires, now() < end
        {
            return .caller(caller)
        }
        do {
            guard let parsed = try WebToken(token) else { return .unknown }
            let version = try await check(parsed)
            let caller = try caller(of: parsed)
            remember(token, caller, version)
            return .caller(caller)
        } catch let error as WebToken.Malformed {
            return .refused(error.reason)
        } catch let error as Refusal {
            return .refused(error.reason)
        } catch {
            return .refused("it cannot be read")
        }
    }

    private func remember(_ token: String, _ caller: Caller, _ version: Int) {
        known.withLock { known in
            if known.version != version || known.callers.count >= Self.maximumKnown { known = Known(version: version) }
            known.callers[token] = caller
        }
    }

    /// - Returns: the version of the keys that it was checked with.
    private func check(_ token: WebToken) async throws -> Int {
        var current = keys.current
        var outcome = current?.set.check(token) ?? .unknownKey
        if case .unknownKey = outcome {
            await keys.refreshForUnknownKey()
            current = keys.current
            outcome = current?.set.check(token) ?? .unknownKey
        }
        switch outcome {
        case .valid: return current?.version ?? 0
        case .unknownKey: throw Refusal(current == nil ? "there are no keys to check it with" : "its key is not known")
        case .refused(let reason): throw Refusal(reason)
        }
    }

    private func caller(of token: WebToken) throws -> Caller {
        let now = now()
        guard let seconds = token.seconds("exp") else { throw Refusal("it has no end (exp)") }
        // Times beyond what can be counted are as good as the last one that can.
        let end = Timestamp(microseconds: Int64(min(seconds * 1_000_000, 9e18)))
        guard now < end else { throw Refusal("it ended at \(end)") }
        if token.claims["nbf"] != nil {
            guard let start = token.seconds("nbf") else { throw Refusal("nbf is no time") }
            guard start * 1_000_000 <= Double(now.advanced(by: rules.leeway).microseconds) else {
                throw Refusal("it does not count yet (nbf)")
            }
        }
        if let issuer = rules.issuer, token.claims["iss"]?.stringValue != issuer {
            throw Refusal("it is of another issuer (iss)")
        }
        if let audience = rules.audience, token.texts("aud")?.contains(audience) != true {
            throw Refusal("it is for somebody else (aud)")
        }
        guard let name = token.claims["sub"]?.stringValue, (1...Self.maximumName).contains(name.utf8.count),
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw Refusal("it has no subject (sub) that can be a name") }
        return Caller(
            name: name, role: try role(of: token), scopes: try scopes(of: token), origin: .token, expires: end)
    }

    /// A guest when nothing is said. Of several roles the one with the most rights counts: they were all given.
    private func role(of token: WebToken) throws -> Role {
        guard let claim = rules.roleClaims.first(where: { token.claim($0) != nil }) else { return .guest }
        guard let texts = token.texts(claim) else { throw Refusal("\(claim) is neither a text nor a list of texts") }
        // The others may be roles elsewhere.
        return [Role.service, .admin, .manager, .user].first { texts.contains($0.rawValue) } ?? .guest
    }

    private func scopes(of token: WebToken) throws -> [AccessScope] {
        let claim = rules.scopesClaim
        guard token.claim(claim) != nil else { return [] }
        guard let texts = token.texts(claim), texts.count <= Self.maximumScopes else {
            throw Refusal("\(claim) is no list of up to \(Self.maximumScopes) texts")
        }
        return try texts.map { text in
            do throws(InvalidScope) {
                return try AccessScope(text)
            } catch {
                throw Refusal("\(claim): \(error)")
            }
        }
    }
}
