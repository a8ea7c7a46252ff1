import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON

/// What AYON's client asks before it does anything else: is there a server, of which version, and who am I.
struct AyonBootstrapRoutes {
    private let version: String
    private let start = ContinuousClock.now
    private let startTime = Timestamp.now

    init(version: String) {
        self.version = version
    }

    /// 200; AYON's client looks at nothing else.
    @Sendable func root(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        return .json { json in
            json.key("name")
            json.string("daybook")
            json.key("events")
            json.string("/api/events")
            json.key("graphql")
            json.string("/graphql")
            json.key("ready")
            json.string("/readyz")
        }
    }

    /// `version` and `uptime` (seconds); to who has a key also `user`, and the lists that AYON has besides, empty.
    @Sendable func info(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        return .json { json in
            json.key("version")
            json.string(version)
            json.key("uptime")
            json.double((start.duration(to: .now) / .milliseconds(1)).rounded() / 1000)
            guard Self.refusal(request, context) == nil else { return }
            json.key("user")
            writeUser(context.caller, to: &json)
            for name in ["attributes", "sites", "ssoOptions"] {
                json.key(escaping: name)
                json.beginArray()
                json.endArray()
            }
        }
    }

    /// The caller: a service, or the user in whose name it acts (`x-as-user`). 401 without a key.
    @Sendable func me(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        if let refusal = Self.refusal(request, context) { throw Gatekeeper.unauthorized(refusal) }
        var json = JSONWriter(capacity: 256)
        writeUser(context.caller, to: &json)
        return .json(json.bytes)
    }

    /// Where no keys are needed, any key will do; but one there has to be, and not as a `Bearer`: AYON's client tries that
    /// first, and learns from the refusal that what it holds is a key.
    private static func refusal(_ request: Request, _ context: ServerRequestContext) -> String? {
        if context.access.isKnown, context.caller.origin != .open { return nil }
        switch Credentials(request) {
        case .none: return "Access token is missing"
        case .bearer: return "Invalid session"
        case .key(""): return "Invalid API key"
        case .key, .either: return context.access.isKnown ? nil : "Invalid API key"
        }
    }

    /// The attributes of AYON's entities: none. Its client asks for them when it is asked for a user.
    @Sendable func attributes(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        return .json { json in
            json.key("attributes")
            json.beginArray()
            json.endArray()
        }
    }

    /// 501: there are no passwords.
    @Sendable func login(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        throw Problem(
            .notImplemented,
            "there are no passwords and no sessions here: users are names of keys; use an API key instead of logging in"
        )
    }

    private func writeUser(_ caller: Caller, to json: inout JSONWriter) {
        json.beginObject()
        json.key("name")
        json.string(caller.user ?? caller.name ?? "daybook")
        json.key("active")
        json.bool(true)
        json.key("attrib")
        json.beginObject()
        json.key("fullName")
        json.string(caller.user ?? caller.name ?? "Daybook service")
        json.endObject()
        json.key("data")
        json.beginObject()
        // Who acts in a user's name is no service meanwhile.
        let isService = caller.role == .service && caller.user == nil
        var flags = [
            ("isService", isService), ("isAdmin", caller.role.isAdmin), ("isManager", caller.role.isManager),
        ]
        if caller.role == .guest { flags.append(("isGuest", true)) }
        for (name, flag) in flags {
            json.key(escaping: name)
            json.bool(flag)
        }
        json.endObject()
        for time in ["createdAt", "updatedAt"] {
            json.key(escaping: time)
            json.string(startTime.description)
        }
        json.endObject()
    }
}
