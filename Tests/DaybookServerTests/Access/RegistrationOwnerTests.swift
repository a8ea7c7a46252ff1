import Daybook
import DaybookTesting
import HTTPTypes
import LosslessJSON
import Synchronization
import Testing

@testable import DaybookServer

/// A registration is its owner's, and is given what its owner may read.
struct RegistrationOwnerTests {
    private struct Recorder: EventHandler {
        let seen: Watched<[String]>

        func handle(_ deliveries: [Delivery]) async throws {
            seen.update { $0 += deliveries.map(\.entry.record.event.description) }
        }
    }

    @Test func `registrations of others are not there, but for admins`() async throws {
        try await TestServer.run { server in
            let (one, two) = (try await server.key("one", .manager), try await server.key("two", .manager))
            let admin = try await server.key("root", .admin)
            let body = #"{"name": "mine", "delivery": "pull"}"#
            #expect(try await server.send(.post, "/api/registrations", body, headers: .key(one)).status == 201)
            for (key, status, count) in [(one, 200, 1), (two, 404, 0), (admin, 200, 1)] {
                let headers = HTTPFields.key(key)
                #expect(try await server.get("/api/registrations/mine", headers: headers).status == status)
                #expect(
                    try await server.get("/api/registrations", headers: headers)["registrations"]?.items.count == count)
                for action in ["pause", "resume", "pull"] {
                    let answer = try await server.send(
                        .post, "/api/registrations/mine/\(action)", "{}", headers: headers)
                    #expect(answer.status == status, "\(action): \(answer)")
                }
                let graphQL = try await server.send(
                    .post, "/graphql", #"{"query": "{ registrations { name } }"}"#, headers: headers)
                #expect(graphQL["data"]?["registrations"]?.items.count == count)
            }
            // A name that is taken is taken; it does not become another one's.
            #expect(try await server.send(.post, "/api/registrations", body, headers: .key(two)).status == 409)
            #expect(try await server.send(.delete, "/api/registrations/mine", headers: .key(two)).status == 404)
            #expect(try await server.send(.delete, "/api/registrations/mine", headers: .key(one)).status == 204)
        }
    }

    @Test func `what was made before there were keys belongs to admins, and is given everything`() async throws {
        let seen = Watched<[String]>([])
        try await TestServer.run(makeHandler: { _ in Recorder(seen: seen) }) { server in
            try await server.register(#""name": "all", "delivery": "handler""#)
            let root = try await server.key("root", .service)
            let manager = try await server.key("mgr", .manager)
            #expect(try await server.get("/api/registrations/all", headers: .key(manager)).status == 404)
            let view = try await server.get("/api/registrations/all", headers: .key(root))
            #expect(view["ownerKey"] == nil && view["failure"] == .null, "\(view)")
            _ = try await server.publish(#"{"topic": "t.a", "project": "p", "description": "x"}"#, headers: .key(root))
            try await withDeadline(what: "the delivery") { try await seen.when { $0 == ["x"] ? () : nil } }
        }
    }

    @Test func `an owner whose key is gone is given nothing, and goes on with a new key`() async throws {
        let seen = Watched<[String]>([])
        try await TestServer.run(makeHandler: { _ in Recorder(seen: seen) }) { server in
            let root = try await server.key("root", .service)
            let owner = try await server.key("owner", .admin, "admin", "read projects=p1")
            let made = try await server.send(
                .post, "/api/registrations", #"{"name": "all", "delivery": "handler", "start": "earliest"}"#,
                headers: .key(owner))
            #expect(made.status == 201, "\(made)")
            func publish(_ name: String, _ project: String) async throws {
                _ = try await server.publish(
                    #"{"topic": "t.a", "project": "\#(project)", "description": "\#(name)"}"#, headers: .key(root))
            }
            try await publish("hidden", "p2")
            try await publish("one", "p1")
            try await withDeadline(what: "the first") { try await seen.when { $0 == ["one"] ? () : nil } }
            try await server.revoke("owner")
            try await publish("two", "p1")
            try await publish("three", "p3")
            let view = try await server.get("/api/registrations/all", headers: .key(root))
            #expect(view["failure"]?.text?.contains("owner, the API key owner, was revoked") == true, "\(view)")
            // One of the same name may read something else, and goes on where the first one ended.
            try await server.key("owner", .admin, "admin", "read projects=p1,p3")
            try await withDeadline(what: "the rest") { try await seen.when { $0.count >= 3 ? () : nil } }
            #expect(Set(seen.value) == ["one", "two", "three"] && seen.value.count == 3)
        }
    }

    @Test func `what was put aside is held against what its owner may read when it is tried again`() async throws {
        let seen = Watched<[String]>([])
        let fails = Watched(true)
        struct Failing: EventHandler {
            let seen: Watched<[String]>
            let fails: Watched<Bool>

            func handle(_ deliveries: [Delivery]) async throws {
                if fails.value { throw HandlerFailure.retriable("not yet") }
                seen.update { $0 += deliveries.map(\.entry.record.event.description) }
            }
        }
        try await TestServer.run(makeHandler: { _ in Failing(seen: seen, fails: fails) }) { server in
            let root = try await server.key("root", .service)
            let owner = try await server.key("owner", .admin)
            let policy = #"""
                "policy": {"settleWithinSeconds": 0, "initialDelaySeconds": 0.5, "maximumDelaySeconds": 0.5,
                    "maximumAttempts": 1000}
                """#
            _ = try await server.send(
                .post, "/api/registrations", #"{"name": "all", "delivery": "handler", \#(policy)}"#,
                headers: .key(owner))
            _ = try await server.publish(
                #"{"topic": "t.a", "project": "p2", "description": "hidden"}"#, headers: .key(root))
            while try await server.get("/api/registrations/all", headers: .key(root))["retries"]?.number != "1" {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await server.revoke("owner")
            try await server.key("owner", .admin, "admin", "read projects=p1")
            fails.update { $0 = false }
            _ = try await server.publish(
                #"{"topic": "t.a", "project": "p1", "description": "seen"}"#, headers: .key(root))
            try await withDeadline(what: "the end of it") {
                while try await server.get("/api/registrations/all", headers: .key(root))["retries"]?.number != "0" {
                    try await Task.sleep(for: .milliseconds(10))
                }
                try await seen.when { $0.contains("seen") ? () : nil }
            }
            #expect(seen.value == ["seen"])
        }
    }

    @Test func `what the server has is for admins, and others do not find out what there is`() async throws {
        try await TestServer.run(makeHandler: { registration in
            throw InvalidRegistration([FieldProblem("settings.secrets", "bad_value", "there is no variable SECRET")])
        }) { server in
            let manager = try await server.key("mgr", .manager)
            let admin = try await server.key("root", .admin)
            for body in [
                #"{"name": "w", "delivery": "webhook", "settings": {"url": "https://x", "secrets": ["env:SECRET"]}}"#,
                #"{"name": "w", "delivery": "handler", "settings": {"handler": "mail"}}"#,
            ] {
                let refused = try await server.send(.post, "/api/registrations", body, headers: .key(manager))
                #expect(refused.status == 403 && !refused.body.contains("SECRET"), "\(refused)")
                let told = try await server.send(.post, "/api/registrations", body, headers: .key(admin))
                #expect(told.status == 400 && told.body.contains("SECRET"), "\(told)")
            }
        }
    }
}
