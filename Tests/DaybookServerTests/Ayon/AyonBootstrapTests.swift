import Daybook
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// What AYON's client asks before its first event.
struct AyonBootstrapTests {
    @Test(arguments: [TestingSetup.router, .live])
    func `the root answers`(setup: TestingSetup) async throws {
        try await TestServer.run(setup) { server in
            let root = try await server.get("/")
            #expect(root.status == 200 && root["name"]?.text == "daybook" && root["graphql"]?.text == "/graphql")
            #expect(try await server.get("/?x=1").status == 400)
            #expect(try await server.send(.post, "/", "{}").status == 405)
        }
    }

    @Test func `info tells the version, and more to who has a key`() async throws {
        var options = ServerOptions()
        options.ayonVersion = "1.20.3+x"
        try await TestServer.run(options: options) { server in
            for headers: HTTPFields in [[:], [.authorization: "Bearer abc"]] {
                let info = try await server.get("/api/info", headers: headers)
                #expect(info.status == 200 && info.json?.keys == ["version", "uptime"])
                #expect(info["version"]?.text == "1.20.3+x")
                #expect(info["uptime"]?.number.flatMap(Double.init).map { $0 >= 0 && $0 < 3600 } == true)
            }
            for headers: HTTPFields in [[.apiKey: "abc"], [.authorization: "ApiKey abc"]] {
                let info = try await server.get("/api/info", headers: headers)
                #expect(info.json?.keys == ["version", "uptime", "user", "attributes", "sites", "ssoOptions"])
                #expect(info["user"]?["name"]?.text == "daybook" && info["sites"] == .array([]))
            }
        }
    }

    @Test func `info answers before the log is open`() async throws {
        try await TestServer.run(isOpening: false, isCaughtUp: false) { server in
            #expect(try await server.get("/api/info").status == 200)
            // Whether keys are needed is not known yet.
            #expect(try await server.get("/api/users/me", headers: [.apiKey: "k"]).status == 503)
            let query = try await server.send(.post, "/graphql", #"{"query": "{ __typename }"}"#)
            #expect(query.status == 503 && query["stored"]?.text == "no")
        }
    }

    @Test(
        arguments: [
            ([:], "Access token is missing"), ([.authorization: "Bearer abc"], "Invalid session"),
            ([.authorization: "Basic abc"], "Invalid session"), ([.apiKey: ""], "Invalid API key"),
            ([.authorization: "ApiKey"], "Invalid API key"),
        ] as [(HTTPFields, String)])
    func `a caller without a key is nobody`(headers: HTTPFields, detail: String) async throws {
        try await TestServer.run { server in
            let me = try await server.get("/api/users/me", headers: headers)
            #expect(me.status == 401 && me["code"]?.number == "401" && me.detail == detail)
            #expect(me.headers[.wwwAuthenticate] == "ApiKey")
            #expect(me.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `a key makes a service, which may act as a user`() async throws {
        try await TestServer.run { server in
            let service = try await server.get("/api/users/me", headers: [.apiKey: "abc"])
            #expect(service.status == 200 && service["name"]?.text == "daybook")
            #expect(service["data"] == .object(["isService", "isAdmin", "isManager"].map { .init($0, .bool(true)) }))
            let user = try await server.get("/api/users/me", headers: [.apiKey: "abc", .asUser: "ann"])
            #expect(user["name"]?.text == "ann" && user["data"]?["isService"] == .bool(false))
            #expect(try await server.get("/api/attributes").body == #"{"attributes":[]}"#)
        }
    }

    @Test func `who acts as a user makes that user's events and jobs`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "src.a", "user": "eve"}"#, headers: [.asUser: "ann"])
            #expect(try await server.get("/api/events/\(id)")["user"]?.text == "ann")
            let other = try await server.publish(#"{"topic": "a.b"}"#, headers: [.asUser: "no name!"])
            #expect(try await server.get("/api/events/\(other)")["user"] == .null)
            let job = try await server.send(
                .post, "/api/enroll", #"{"sourceTopic": "src.a", "targetTopic": "job.x"}"#,
                headers: [.sender: "w", .asUser: "bob"])
            #expect(try await server.get("/api/events/\(job["id"]?.text ?? "")")["user"]?.text == "bob")
        }
    }

    @Test func `logging in is refused with the reason`() async throws {
        try await TestServer.run { server in
            let login = try await server.send(.post, "/api/auth/login", #"{"name": "ann", "password": "x"}"#)
            #expect(login.status == 501 && login["code"]?.number == "501")
            #expect(login.detail?.contains("use an API key") == true)
        }
    }
}
