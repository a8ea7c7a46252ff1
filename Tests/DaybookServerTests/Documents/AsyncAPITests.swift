import Daybook
import DaybookIndex
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// `/asyncapi.json` says what is in this log.
@Suite struct AsyncAPITests {
    @Test func `it has the streams, with their partitions, and the live channels`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "render.frame"}"#)
            let document = try await Self.document(of: server)
            #expect(document["asyncapi"]?.text == "3.0.0")
            let channels = try #require(document["channels"])
            #expect(channels.keys == ["daybook.render", "daybook.signals", "websocket", "stream"])
            let binding = channels["daybook.render"]?["bindings"]?["kafka"]
            #expect(channels["daybook.render"]?["address"]?.text == "daybook.render")
            #expect(binding?["topic"]?.text == "daybook.render")
            #expect(binding?["partitions"]?.number == "8")
            #expect(binding?["topicConfiguration"]?["retention.ms"]?.number == "-1")
            let signals = channels["daybook.signals"]?["bindings"]?["kafka"]
            #expect(signals?["topicConfiguration"]?["retention.ms"]?.number == "3600000")
            #expect(channels["websocket"]?["address"]?.text == "/ws")
            #expect(channels["websocket"]?["messages"]?.keys == ["auth", "event", "heartbeat"])
            #expect(channels["stream"]?["address"]?.text == "/api/stream")

            _ = try await server.publish(#"{"topic": "other.thing"}"#)
            #expect(try await Self.document(of: server)["channels"]?.keys.first == "daybook.other")
        }
    }

    @Test func `what the topic catalogue says are its messages, each in the streams that may hold it`() async throws {
        try await TestServer.run { server in
            for topic in ["ssh.login", "git.commit"] { _ = try await server.publish("{\"topic\": \"\(topic)\"}") }
            let entry = """
                {"description": "Somebody logged in", "check": "reject",
                 "summary": [{"name": "user", "type": "string"}, {"name": "host", "optional": true}],
                 "fields": [{"name": "port", "type": "integer", "description": "Port"}]}
                """
            for pattern in ["ssh.*", "*.seen_at", "ssh.login"] {
                #expect(try await server.send(.put, "/api/topics/\(pattern)", entry).status == 200)
            }
            let document = try await Self.document(of: server)
            let ssh = document["channels"]?["daybook.ssh"]?["messages"]?.keys ?? []
            #expect(ssh.contains("record") && ssh.contains("topic-ssh._any") && ssh.contains("topic-ssh.login"))
            #expect(ssh.contains("topic-_any.seen__at"))
            let git = document["channels"]?["daybook.git"]?["messages"]?.keys ?? []
            #expect(git.contains("topic-_any.seen__at") && !git.contains("topic-ssh._any"))

            let message = try #require(document["components"]?["messages"]?["topic-ssh._any"])
            #expect(message["name"]?.text == "ssh.*")
            #expect(message["description"]?.text == "Somebody logged in")
            #expect(message["payload"]?["required"] == ["timestamp", "port"])
            #expect(message["payload"]?["properties"]?["port"]?["type"] == ["integer", "null"])
            let headers = message["headers"]?["allOf"]?.items.last?["properties"]
            #expect(headers?["ce_type"]?["pattern"]?.text == #"^ssh\..*$"#)
            let summary = headers?["ce_summary"]?["contentSchema"]
            #expect(summary?["required"] == ["user"])
            #expect(summary?["properties"]?.keys == ["user", "host"])
            let exact = document["components"]?["messages"]?["topic-ssh.login"]?["headers"]?["allOf"]?.items.last
            #expect(exact?["properties"]?["ce_type"]?["const"]?.text == "ssh.login")

            #expect(try await server.send(.delete, "/api/topics/ssh.login").status == 204)
            #expect(try await Self.document(of: server)["components"]?["messages"]?["topic-ssh.login"] == nil)
        }
    }

    @Test func `everything it refers to is in it`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "entity.folder.created"}"#)
            let document = try await Self.document(of: server)
            var count = 0
            func look(_ value: JSONValue) {
                if let reference = value["$ref"]?.text {
                    count += 1
                    var place: JSONValue? = document
                    for name in reference.split(separator: "/").dropFirst() { place = place?[String(name)] }
                    #expect(reference.hasPrefix("#/") && place != nil, "\(reference)")
                }
                switch value {
                case .object(let members): for member in members { look(member.value) }
                case .array(let elements): for element in elements { look(element) }
                default: break
                }
            }
            look(document)
            #expect(count > 100)
        }
    }

    @Test func `its headers are those of the wire format`() async throws {
        try await TestServer.run { server in
            let document = try await Self.document(of: server)
            let headers = document["components"]?["schemas"]?["recordHeaders"]?["properties"]?.keys ?? []
            #expect(headers.sorted() == WireHeader.allCases.map { "\($0.name)" }.sorted())
        }
    }

    @Test func `without a log there is nothing to tell of`() async throws {
        try await TestServer.run(isOpening: false) { server in
            let answer = try await server.get("/asyncapi.json")
            #expect(answer.status == 503 && answer.headers[.retryAfter] != nil)
        }
    }

    private static func document(of server: TestServer) async throws -> JSONValue {
        let answer = try await server.get("/asyncapi.json")
        #expect(answer.status == 200 && answer.headers[.contentType] == "application/json")
        return try #require(answer.json)
    }
}
