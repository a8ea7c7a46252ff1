import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import Logging

/// Finds out who a caller is, and lets it to the routes that it may use.
struct Gatekeeper: Sendable {
    let node: DaybookNode
    let verifiers: [any TokenVerifier]
    /// The key of who started this server for its own use.
    let ownKey: KeySecret?
    let logger: Logger
    let rates: RequestRates
    /// Whether everybody may do everything while there are no keys. Never a server that others can reach, unless that was
    /// said: its last key may be revoked because somebody has it who should not.
    private let mayBeOpen: Bool

    init(node: DaybookNode, options: ServerOptions, logger: Logger) {
        self.node = node
        verifiers = options.tokenVerifiers
        ownKey = options.ownKey
        rates = RequestRates(options)
        mayBeOpen = options.isLoopbackOnly || options.isInsecure
        self.logger = logger
    }

    /// Why somebody is not let in.
    struct Refusal: Error {
        /// What the caller is told.
        var detail: String
        /// Who it is, as far as that is known.
        var name: String
        /// Nothing can be found out now.
        var isUnavailable = false
        /// It is known who it is, but not allowed what it wants.
        var isForbidden = false
        /// There was something that does not count, and not nothing.
        var isAttempt = true
        /// What does not count was to be a token.
        var isToken = false
    }

    // MARK: - Requests

    /// The request and its context as a route gets them.
    ///
    /// - Throws: 401, 403; 503 when it cannot be found out who the caller is.
    func admit(
        _ request: Request, _ context: ServerRequestContext, to access: RouteAccess
    ) async throws(Problem) -> (Request, ServerRequestContext) {
        var context = context
        let log = RefusalLog(
            logger: logger, method: request.method.rawValue, route: context.endpointPath ?? "",
            requestLogger: context.logger, peer: context.peer)
        let caller: Caller
        do throws(Refusal) {
            caller = try await identify(Credentials(request), actingAs: request.headers[.asUser])
        } catch {
            let isNeedless = access == .open || (error.isUnavailable && access == .telling)
            guard isNeedless else {
                if error.isUnavailable { throw .unavailable(error.detail, stored: request.isWrite ? .no : nil) }
                if error.isForbidden {
                    log.write(error.detail, name: error.name)
                    throw Problem(.forbidden, error.detail)
                }
                if let wait = note(error, in: log) { throw Problem.tooManyRequests(Self.tooManyFailures, wait: wait) }
                throw unauthorized(error)
            }
            return (QueryToken.removed(from: request), context)
        }
        if access != .open, let wait = rates.wait(caller, from: context.peer) {
            throw Problem.tooManyRequests(
                "more requests than the server takes of one caller (--rate-limit)", wait: wait)
        }
        context.access = RequestAccess(caller: caller, keys: keys, refusals: log)
        let lacking: (Permission, String)? =
            switch access {
            case .open, .filtered: nil
            case .some(let permission): caller.holds(permission) ? nil : (permission, "")
            case .telling: caller.isUnlimited(.read) ? nil : (.read, " for every event")
            case .every(let permission): caller.isUnlimited(permission) ? nil : (permission, " for every event")
            }
        if let (permission, extent) = lacking {
            throw context.access.forbid("this needs the permission \(permission.rawValue)\(extent)")
        }
        return (QueryToken.removed(from: request), context)
    }

    private static let tooManyFailures = "too many requests with keys or tokens that do not count"

    /// Writes down that credentials do not count, unless they come too often.
    ///
    /// - Returns: until when it makes no sense to try again; nil where it was written down.
    func note(_ refusal: Refusal, in log: RefusalLog) -> Duration? {
        switch refusal.isAttempt ? rates.failure(from: log.peer) : .told {
        case .told:
            log.write(refusal.detail, name: refusal.name)
            return nil
        case .tooMany(let wait, let isNews):
            if isNews {
                log.write("\(Self.tooManyFailures): for a minute no more of them are written down", name: refusal.name)
            }
            return wait
        }
    }

    private func unauthorized(_ refusal: Refusal) -> Problem {
        var problem = Self.unauthorized(refusal.detail)
        if !verifiers.isEmpty {
            problem.headers[.wwwAuthenticate] = "ApiKey, Bearer" + (refusal.isToken ? #" error="invalid_token""# : "")
        }
        return problem
    }

    static func unauthorized(_ detail: String) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.headers[.wwwAuthenticate] = "ApiKey"
        return problem
    }

    // MARK: - Callers

    /// The keys there are; nil while the log is not open.
    var keys: KeyRing? { (try? node.parts())?.catalog.keys }

    /// Whether everybody may do everything now, or may be able to once the log is open.
    var isOpen: Bool { mayBeOpen && verifiers.isEmpty && keys?.isEmpty ?? true }

    /// Whose credentials these are.
    ///
    /// - Parameter user: in whose name the caller wants to act; a name that cannot be one is passed over.
    func identify(
        _ credentials: @autoclosure () -> Credentials, actingAs user: String? = nil
    ) async throws(Refusal) -> Caller {
        let user = user.flatMap { AyonNames.isName($0) ? $0 : nil }
        if ownKey != nil, let own = ownCaller(credentials()) {
            return user.map { own.acting(as: $0, with: nil) } ?? own
        }
        let keys: KeyRing
        do throws(NodeUnavailable) {
            keys = try node.parts().catalog.keys
        } catch {
            throw Refusal(detail: error.description, name: "not looked up", isUnavailable: true)
        }
        if mayBeOpen, keys.isEmpty, verifiers.isEmpty {
            return user.map { Caller.open.acting(as: $0, with: nil) } ?? .open
        }
        let caller = try await known(credentials(), keys)
        guard let user else { return caller }
        guard caller.role == .service else {
            throw Refusal(detail: "x-as-user is for services", name: caller.name ?? "", isForbidden: true)
        }
        return caller.acting(as: user, with: keys.key(named: user))
    }

    private func ownCaller(_ credentials: Credentials) -> Caller? {
        guard let ownKey, case .key(let text) = credentials else { return nil }
        return KeySecret.digest(of: text) == ownKey.digest ? .log : nil
    }

    private func known(_ credentials: Credentials, _ keys: KeyRing) async throws(Refusal) -> Caller {
        switch credentials {
        case .none: throw Refusal(detail: "Access token is missing", name: "no key", isAttempt: false)
        case .key(let text):
            switch keys.find(text) {
            case .caller(let caller): return caller
            case .expired(let name): throw Refusal(detail: "Invalid API key: it has expired", name: name)
            case .unknown: throw Refusal(detail: "Invalid API key", name: "unknown key")
            }
        case .bearer(let text): return try await verified(text)
        case .either(let text):
            switch keys.find(text) {
            case .caller(let caller): return caller
            case .expired(let name): throw Refusal(detail: "Invalid API key: it has expired", name: name)
            case .unknown: return try await verified(text)
            }
        }
    }

    private func verified(_ token: String) async throws(Refusal) -> Caller {
        for verifier in verifiers {
            switch await verifier.verdict(on: token) {
            case .caller(let caller): return caller
            case .unknown: continue
            case .refused(let reason):
                throw Refusal(detail: "Invalid session: \(reason)", name: "a token", isToken: true)
            }
        }
        throw Refusal(detail: "Invalid session", name: "unknown token", isToken: true)
    }
}

extension Request {
    fileprivate var isWrite: Bool { method != .get && method != .head }
}
