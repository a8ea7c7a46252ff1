import Daybook
import DaybookTesting
import HTTPTypes
import HummingbirdTesting
import Logging
import LosslessJSON
import Testing

@testable import DaybookServer

struct KeyRouteTests {
    @Test func `the first key closes the server, and the last one that goes opens it`() async throws {
        try await TestServer.run { server in
            let made = try await server.send(
                .post, "/api/keys",
                #"{"name": "me", "role": "admin", "scopes": ["admin", "read topics=a.*"], "expires": "2999-01-01T00:00:00Z"}"#
            )
            #expect(made.status == 201 && made.headers[.cacheControl] == "no-store", "\(made)")
            let key = try #require(made["key"]?.text)
            #expect(try await server.get("/api/keys").status == 401)
            let list = try await server.get("/api/keys", headers: .key(key))
            #expect(list.status == 200 && list["keys"]?.items.first?["name"]?.text == "me")
            #expect(list["keys"]?.items.first?["scopes"] == .array([.string("admin"), .string("read topics=a.*")]))
            #expect(list["keys"]?.items.first?["createdBy"] == .null)
            #expect(!list.body.contains(key) && !list.body.contains(KeySecret.digest(of: key)))
            let other = try await server.send(
                .post, "/api/keys", #"{"name": "ci", "role": "guest"}"#, headers: .key(key))
            #expect(other["createdBy"]?.text == "me" && other["key"]?.text != key)
            for name in ["ci", "me"] {
                let gone = try await server.send(.delete, "/api/keys/\(name)", headers: .key(key))
                #expect(gone.status == 204)
            }
            #expect(try await server.get("/api/keys")["keys"] == .array([]))
        }
    }

    @Test(arguments: [
        (#"{}"#, "name: is required; role: is required"), (#"{"name": "a", "role": "boss"}"#, "role: must be one of"),
        (#"{"name": "a b", "role": "user"}"#, "name: must be 1 to 100 letters"),
        (#"{"name": "a", "role": "user", "scopes": ["read", "read topcs=a"]}"#, "column 6: there is no 'topcs'"),
        (#"{"name": "a", "role": "user", "expires": "soon"}"#, "expires: must be an ISO 8601 time"),
        (#"{"name": "a", "role": "user", "expires": "2020-01-01T00:00:00Z"}"#, "expires: must be in the future"),
        (#"{"name": "a", "role": "user", "digest": "x"}"#, "digest: there is no such member"),
    ])
    func `what cannot be a key is refused`(body: String, message: String) async throws {
        try await TestServer.run { server in
            let refused = try await server.send(.post, "/api/keys", body)
            #expect(refused.status == 400 && refused.detail?.contains(message) == true, "\(refused)")
            #expect(try await server.get("/api/keys")["keys"] == .array([]))
        }
    }

    @Test func `a name that is taken is a conflict, and one that is none is not found`() async throws {
        try await TestServer.run { server in
            let key = try await server.key("me", .admin)
            let body = #"{"name": "me", "role": "admin"}"#
            #expect(try await server.send(.post, "/api/keys", body, headers: .key(key)).status == 409)
            #expect(try await server.send(.delete, "/api/keys/you", headers: .key(key)).status == 404)
        }
    }

    /// What AYON's client asks: first with `Bearer`, which has to be refused, then with `X-Api-Key`.
    @Test(arguments: [
        (Role.service, ["isService", "isAdmin", "isManager"]), (.admin, ["isAdmin", "isManager"]),
        (.manager, ["isManager"]), (.user, []), (.guest, ["isGuest"]),
    ])
    func `a key says whose it is`(role: Role, flags: [String]) async throws {
        try await TestServer.run { server in
            let key = try await server.key("ann", role)
            let bearer = try await server.get("/api/users/me", headers: [.authorization: "Bearer \(key)"])
            #expect(bearer.status == 401)
            let info = try await server.get("/api/info", headers: [.authorization: "Bearer \(key)"])
            #expect(info.status == 200 && info["user"] == nil)
            let me = try await server.get("/api/users/me", headers: .key(key))
            #expect(me.status == 200 && me["name"]?.text == "ann")
            let data = me["data"]
            #expect(data?.keys.filter { data?[$0] == .bool(true) } == flags)
            #expect(try await server.get("/api/info", headers: .key(key))["user"]?["name"]?.text == "ann")
        }
    }

    @Test func `services act in others' names, and nobody else does`() async throws {
        try await TestServer.run { server in
            let service = try await server.key("svc", .service)
            let manager = try await server.key("mgr", .manager)
            try await server.key("bob", .user)
            func as_(_ key: String, _ user: String) -> HTTPFields { [.apiKey: key, .asUser: user] }
            let id = try await server.publish(#"{"topic": "t.a"}"#, headers: as_(service, "ann"))
            let event = try await server.get("/api/events/\(id)?fields=user,actor", headers: .key(service))
            #expect(event["user"]?.text == "ann" && event["actor"]?.text == "svc")
            let refused = try await server.get("/api/events", headers: as_(manager, "ann"))
            #expect(refused.status == 403 && refused.detail == "x-as-user is for services")
            // Whose name is that of a key has the rights of that key.
            let bob = try await server.get("/api/users/me", headers: as_(service, "bob"))
            #expect(bob["name"]?.text == "bob" && bob["data"]?["isManager"] == .bool(false))
            #expect(try await server.post(#"{"topic": "t.a"}"#, headers: as_(service, "bob")).status == 403)
        }
    }

    @Test func `refusals are written down, without secrets and without the query`() async throws {
        let recorded = RecordedLines()
        let logger = Logger(label: "test") { _ in recorded }
        try await TestServer.run(.live, logger: logger) { server in
            let root = try await server.key("root", .service)
            let guest = try await server.key("visitor", .guest)
            let unknown = KeySecret.generate().text
            let id = try await server.publish(#"{"topic": "t.a"}"#, headers: .key(root))
            _ = try await server.get("/api/events?text=hidden&token=\(unknown)")
            _ = try await server.get("/api/events", headers: .key(unknown))
            _ = try await server.get("/api/keys?token=\(guest)&text=hidden")
            _ = try await server.get("/api/events/\(id)?token=\(guest)")
            _ = try await server.get("/metrics", headers: [.authorization: "Bearer \(root)"])
            try await LiveSocket.with(port: server.client.port) { socket in
                try await socket.send(#"{"topic": "auth", "token": "\#(unknown)", "subscribe": ["*"]}"#)
                try await recorded.lines.when { $0.contains { $0.contains("route=/ws") } ? () : nil }
            }
            // A query with something wrong in it is told to the caller, and nowhere else.
            let wrong = try await server.get("/api/events?token=\(root)&nonsense=\(unknown)")
            #expect(wrong.status == 400 && !wrong.body.contains(root))
            let refusals = recorded.refusals
            #expect(refusals.count == 6, "\(refusals)")
            for (line, parts) in zip(
                refusals,
                [
                    ["key=unknown token", "route=/api/events ", "reason=Invalid session"],
                    ["key=unknown key", "method=GET", "reason=Invalid API key"],
                    ["key=visitor", "route=/api/keys ", "permission admin"],
                    ["key=visitor", "route=/api/events/{id} ", "it may not read the event"],
                    ["key=unknown token", "route=/metrics "], ["key=unknown token", "route=/ws", "peer=127.0.0.1"],
                ])
            {
                #expect(line.hasPrefix("notice access refused") && line.contains("peer=127.0.0.1"), "\(line)")
                for part in parts { #expect((line + " ").contains(part), "\(line)") }
            }
            let everything = recorded.lines.value.joined(separator: "\n")
            for secret in [root, guest, unknown] {
                #expect(!everything.contains(secret) && !everything.contains(secret.dropFirst(4)))
            }
            #expect(!everything.contains("hidden"))
        }
    }

    @Test func `the key of who started the server may do everything and is in no catalog`() async throws {
        var options = ServerOptions()
        let own = KeySecret.generate()
        options.ownKey = own
        try await TestServer.run(options: options) { server in
            try await server.key("me", .admin)
            #expect(try await server.get("/api/keys").status == 401)
            let list = try await server.get("/api/keys", headers: .key(own.text))
            #expect(list["keys"]?.items.count == 1)
            #expect(try await server.post(#"{"topic": "t.a"}"#, headers: .key(own.text)).status == 200)
        }
    }

    /// Knows one token, and one that does not count.
    private struct Verifier: TokenVerifier {
        let expires: Timestamp?

        func verdict(on token: String) async -> TokenVerdict {
            switch token {
            case "good":
                .caller(Caller(name: "ann@example.org", role: .manager, origin: .token, expires: expires))
            case "bad": .refused("it is of another issuer")
            default: .unknown
            }
        }
    }

    @Test func `tokens are taken where keys are, and as Bearer`() async throws {
        var options = ServerOptions()
        options.tokenVerifiers = [Verifier(expires: nil)]
        try await TestServer.run(options: options) { server in
            // Where tokens are known nothing is open, though there is no key.
            let nobody = try await server.get("/api/events")
            #expect(nobody.status == 401 && nobody.headers[.wwwAuthenticate] == "ApiKey, Bearer")
            for headers: HTTPFields in [[.authorization: "Bearer good"], [.cookie: "accessToken=good"]] {
                let me = try await server.get("/api/users/me", headers: headers)
                #expect(me.status == 200 && me["name"]?.text == "ann@example.org", "\(me)")
            }
            #expect(try await server.get("/api/users/me?token=good").status == 200)
            #expect(try await server.get("/api/users/me", headers: [.apiKey: "good"]).detail == "Invalid API key")
            let bad = try await server.get("/api/events", headers: [.authorization: "Bearer bad"])
            #expect(bad.status == 401 && bad.detail == "Invalid session: it is of another issuer")
            let headers: HTTPFields = [.authorization: "Bearer good"]
            let id = try await server.publish(#"{"topic": "t.a"}"#, headers: headers)
            let event = try await server.get("/api/events/\(id)?fields=actor,user", headers: headers)
            #expect(event["actor"]?.text == "ann@example.org" && event["user"]?.text == "ann@example.org")
            #expect(try await server.get("/api/keys", headers: headers).status == 403)
            let registration = try await server.send(
                .post, "/api/registrations", #"{"name": "r", "delivery": "pull"}"#, headers: headers)
            #expect(registration.status == 403 && registration.detail?.contains("belongs to an API key") == true)
        }
    }

    @Test func `what is open under a token ends with the token`() async throws {
        var options = ServerOptions()
        options.authTimeout = .seconds(30)
        options.tokenVerifiers = [Verifier(expires: .now.advanced(by: .seconds(2)))]
        try await TestServer.run(.live, options: options) { server in
            let auth = #""token": "good", "subscribe": ["*"]"#
            try await LiveSocket.with(port: server.client.port, auth: auth) { socket in
                let closing = try await socket.closing()
                #expect(closing == LiveSocket.Closed(code: 1008, reason: "the token has expired"))
            }
        }
    }
}
