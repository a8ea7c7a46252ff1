import Daybook
import GraphQL
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// `/graphql` as a route, and what else can be asked there than `events`.
struct GraphQLRouteTests {
    @Test func `the schema is sound`() throws {
        let schema = try EventSchema.shared.get()
        #expect(schema.validate("{ events { edges { node { id } } } }").isEmpty)
    }

    @Test(arguments: [TestingSetup.router, .live])
    func `GET and POST answer the same`(setup: TestingSetup) async throws {
        try await TestServer.run(setup) { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let wanted = #"{"data":{"events":{"edges":[{"node":{"topic":"a.b"}}]}}}"#
            let post = try await server.query("{ events { edges { node { topic } } } }")
            #expect(post.status == 200 && post.body == wanted)
            let get = try await server.get("/graphql?query=%7Bevents%7Bedges%7Bnode%7Btopic%7D%7D%7D%7D")
            #expect(get.status == 200 && get.body == wanted)
            let named = try await server.get(
                "/graphql?query=query+A%7Bx:__typename%7Dquery+B($n:Int)%7Bevents(first:$n)%7Bedges%7Bcursor%7D%7D%7D"
                    + "&operationName=B&variables=%7B%22n%22:0%7D")
            #expect(named.body == #"{"data":{"events":{"edges":[]}}}"#)
        }
    }

    @Test func `an event has AYON's fields and ours`() async throws {
        try await TestServer.run { server in
            let parent = try await server.publish(#"{"topic": "a.parent"}"#)
            let id = try await server.publish(
                """
                {"topic": "entity.task.created", "sender": "w", "project": "demo", "dependsOn": "\(parent)", "hash": "h",
                 "description": "Text", "summary": {"n": 1.50}, "payload": {"x": 12345678901234567890}, "finished": false}
                """, headers: [.senderType: "tool", .asUser: "ann"])
            let answer = try await server.query(
                """
                { event(id: "\(id)") { id hash topic project user sender dependsOn status retries description summary payload
                  data createdAt updatedAt senderType progress severity kind entityType entityId operation attributeName
                  attributeValue metadata orderingKey traceparent contentType actor position lastPosition } }
                """)
            let event = try #require(answer["data"]?["event"])
            let rest = try #require(try await server.get("/api/events/\(id)?fields=all").json)
            for name in event.keys where !["summary", "payload", "data", "metadata"].contains(name) {
                #expect(event[name] == rest[name], "\(name)")
            }
            #expect(event["summary"]?.text == #"{"n":1.50}"#, "JSON as text, numbers as written")
            #expect(event["payload"]?.text == #"{"x":12345678901234567890}"#)
            #expect(event["metadata"]?.text == "{}" && event["data"] == .null)
            let bare = try await server.query(#"{ event(id: "\#(parent)") { payload summary hash contentType } }"#)
            #expect(
                bare.body
                    == #"{"data":{"event":{"payload":null,"summary":"{}","hash":"\#(parent)","contentType":null}}}"#)
            let empty = try await server.publish(#"{"topic": "a.b", "payload": {}}"#)
            #expect(
                try await server.query(#"{ event(id: "\#(empty)") { payload } }"#).body
                    == #"{"data":{"event":{"payload":null}}}"#)
        }
    }

    @Test func `payloads that are no JSON are JSON strings, and large retries stay numbers`() async throws {
        try await TestServer.run { server in
            _ = try await server.post(
                #"{"topic": "a.b", "payload": "plain \"text\"", "contentType": "text/plain", "retries": 99999999999}"#,
                type: .ndjson)
            #expect(
                try await server.query("{ events { edges { node { payload contentType retries } } } }").body
                    == #"{"data":{"events":{"edges":[{"node":{"payload":"\"plain \\\"text\\\"\"","contentType":"text/plain","#
                    + #""retries":2147483647}}]}}}"#)
        }
    }

    @Test func `payloads are read from the log only when they are selected`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "a.b", "payload": {"x": 1}}"#)
            server.log.fault = .all(.unavailable("gone"))
            #expect(try await server.found("") == ["a.b"])
            let skipped = try await server.query(
                #"{ event(id: "\#(id)") { topic payload @skip(if: true) } events { edges { node { id } } } }"#)
            #expect(skipped["errors"] == nil && skipped["data"]?["event"]?["topic"]?.text == "a.b")
            for document in [
                "{ events { edges { node { payload } } } }", #"{ event(id: "\#(id)") { payload } }"#,
                #"{ event(id: "\#(id)") { history { time } } }"#,
            ] {
                let answer = try await server.query(document)
                #expect(answer["errors"]?.items.first?["extensions"]?["status"]?.number == "503", "\(answer)")
            }
        }
    }

    @Test func `an event that is not there is null, and an id that is none an error`() async throws {
        try await TestServer.run { server in
            let none = try await server.query(#"{ event(id: "\#(EventID.generate())") { id } }"#)
            #expect(none.body == #"{"data":{"event":null}}"#)
            #expect(
                try await server.refusal(#"{ event(id: "x") { id } }"#)?.hasPrefix("id: 'x' is no event id") == true)
        }
    }

    @Test func `history tells every record, also after deletion`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "job.a", "finished": false}"#, headers: [.sender: "w"])
            _ = try await server.send(
                .patch, "/api/events/\(id)", #"{"status": "finished"}"#, headers: [.sender: "other"])
            let ofEvent = try await server.query(
                #"{ event(id: "\#(id)") { history { change status progress actor position time } } }"#)
            let records = try #require(ofEvent["data"]?["event"]?["history"]?.items)
            #expect(records.map { $0["change"]?.text } == ["created", "changed"])
            #expect(records.map { $0["status"]?.text } == ["pending", "finished"])
            #expect(records.map { $0["progress"]?.number } == ["0", "100"])
            #expect(records.map { $0["actor"]?.text } == ["w", "other"])
            _ = try await server.send(.delete, "/api/events/\(id)")
            let answer = try await server.query(#"{ history(id: "\#(id)") { change record status } }"#)
            let rest = try await server.get("/api/events/\(id)/history")["history"]?.items ?? []
            let all = answer["data"]?["history"]?.items ?? []
            #expect(all.map { $0["change"]?.text } == ["created", "changed", "deleted"])
            #expect(try all.map { try JSONValue(JSONText($0["record"]?.text ?? "")) } == rest)
            #expect(all.last?["status"] == .null)
            let unknown = try await server.query(#"{ history(id: "\#(EventID.generate())") { change } }"#)
            #expect(unknown["errors"]?.items.first?["extensions"]?["status"]?.number == "404")
        }
    }

    @Test func `registrations tell how far they are`() async throws {
        try await TestServer.run { server in
            try await server.register(
                #""name": "work", "filter": "topic = job.*", "delivery": "pull", "start": "earliest""#)
            try await server.register(#""name": "other", "delivery": "pull""#)
            for _ in 0..<3 { _ = try await server.publish(#"{"topic": "job.a"}"#) }
            _ = try await server.act("other", "pause", #"{"reason": "noise"}"#)
            let answer = try await server.query(
                """
                { registrations { name id filter on signals delivery state reason owner retries deadLetters failure }
                  work: registrations(names: ["work", "none"]) {
                    lag { records seconds partitions { stream partition position end records seconds oldest } } } }
                """)
            let all = try #require(answer["data"]?["registrations"]?.items)
            #expect(all.map { $0["name"]?.text } == ["other", "work"])
            #expect(all[1]["filter"]?.text == "topic = job.*" && all[1]["on"] == .array([.string("created")]))
            #expect(all[0]["state"]?.text == "paused" && all[0]["reason"]?.text == "noise" && all[0]["filter"] == .null)
            let work = try #require(answer["data"]?["work"]?.items)
            #expect(work.count == 1)
            let partitions = work[0]["lag"]?["partitions"]?.items ?? []
            let rest = try await server.registration("work")
            #expect(partitions.count == rest["lag"]?["partitions"]?.items.count)
            #expect(partitions.map { $0["end"] } == rest["lag"]?["partitions"]?.items.map { $0["end"] })
            #expect(work[0]["lag"]?["records"]?.number != nil)
        }
    }

    @Test func `what cannot be executed is told with its place`() async throws {
        try await TestServer.run { server in
            let answer = try await server.query("{ events { edges { node { colour } } } }")
            #expect(answer.status == 200 && answer["data"] == nil, "AYON's client wants 200")
            let error = answer["errors"]?.items.first
            #expect(error?["message"]?.text?.contains("colour") == true)
            #expect(
                error?["locations"] == .array([.object([.init("line", .number("1")), .init("column", .number("27"))])]))
            let strict = try await server.query(
                "{ nothing }", headers: [.accept: "application/graphql-response+json, application/json"])
            #expect(strict.status == 400 && strict.headers[.contentType] == "application/graphql-response+json")
            let sound = try await server.query(
                "{ __typename }", headers: [.accept: "application/graphql-response+json"])
            #expect(sound.status == 200 && sound.body == #"{"data":{"__typename":"Query"}}"#)
            #expect(try await server.refusal("mutation { x }")?.isEmpty == false)
        }
    }

    @Test func `what asks for too much is refused before anything is read`() async throws {
        try await TestServer.run { server in
            let many = (0..<200).map { "a\($0): id" }.joined(separator: " ")
            let events = (0..<11).map { #"e\#($0): event(id: "x") { ...F }"# }.joined(separator: " ")
            let wide = try await server.refusal("{ \(events) } fragment F on EventNode { \(many) }")
            #expect(wide?.contains("fields") == true)
            let costly = (0..<30).map { "a\($0): events(first: 10000) { edges { node { id topic } } }" }
            #expect(
                try await server.refusal("{ \(costly.joined(separator: " ")) }")?.contains(
                    "The operation asks for too much: it costs") == true)
            #expect(
                try await server.refusal("{ events(first: 200) { edges { node { history { change } } } } }")?.contains(
                    "it costs") == true)
            let deep = String(repeating: "{ ofType ", count: 30) + "{ name" + String(repeating: " }", count: 31)
            #expect(
                try await server.refusal("{ __schema { types \(deep) } }")?.contains("nested in") == true)
        }
    }

    @Test(arguments: [
        (#"{"variables": {}}"#, "the body needs a member query"), ("{", "malformed"), ("", "not a JSON object"),
        (#"{"query": "{ x }", "variables": 1}"#, "variables has to be an object or null"),
        (#"{"query": "{ x }", "operationName": 1}"#, "operationName has to be a string or null"),
    ])
    func `a body that is no request is 400`(body: String, message: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(.post, "/graphql", body)
            #expect(answer.status == 400 && answer.headers[.contentType] == "application/problem+json")
            #expect(
                answer.detail?.lowercased().contains(message == "malformed" ? "json" : message.lowercased()) == true,
                "\(answer)")
        }
    }

    @Test func `other mistakes of a request are told`() async throws {
        try await TestServer.run { server in
            #expect(try await server.get("/graphql").detail?.contains("query: is required") == true)
            #expect(try await server.get("/graphql?query=%7Bx%7D&variables=%7B").status == 400)
            #expect(try await server.get("/graphql?query=%7Bx%7D&variables=1").detail?.contains("variables") == true)
            #expect(try await server.get("/graphql?query=%7Bx%7D&colour=1").status == 400)
            #expect(try await server.send(.delete, "/graphql").status == 405)
            let form = try await server.send(
                .post, "/graphql", "query=x", headers: [.contentType: "application/x-www-form-urlencoded"])
            #expect(form.status == 415)
        }
    }

    @Test func `an answer is as fresh as it is wanted`() async throws {
        var options = ServerOptions()
        options.applyTimeout = .milliseconds(50)
        try await TestServer.run(options: options) { server in
            let answer = try await server.query(
                "{ __typename }", headers: [.daybookMinPosition: "daybook.a:0:1000"])
            #expect(answer.status == 200 && answer.headers[.daybookApplied] == "false")
            #expect(try await server.query("{ __typename }", headers: [.daybookMinPosition: "x"]).status == 400)
        }
    }
}
