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
            guard AyonCredentials(request.headers).isValid else { return }
            json.key("user")
            writeUser(AyonSender(request.headers), to: &json)
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
        try AyonCredentials(request.headers).check()
        var json = JSONWriter(capacity: 256)
        writeUser(AyonSender(request.headers), to: &json)
        return .json(json.bytes)
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

    private func writeUser(_ sender: AyonSender, to json: inout JSONWriter) {
        json.beginObject()
        json.key("name")
        json.string(sender.user ?? "daybook")
        json.key("active")
        json.bool(true)
        json.key("attrib")
        json.beginObject()
        json.key("fullName")
        json.string(sender.user ?? "Daybook service")
        json.endObject()
        json.key("data")
        json.beginObject()
        for flag in ["isService", "isAdmin", "isManager"] {
            json.key(escaping: flag)
            json.bool(flag != "isService" || sender.user == nil)
        }
        json.endObject()
        for time in ["createdAt", "updatedAt"] {
            json.key(escaping: time)
            json.string(startTime.description)
        }
        json.endObject()
    }
}
