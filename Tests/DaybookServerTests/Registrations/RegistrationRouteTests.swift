import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// `/api/registrations`: making, showing, changing, pausing, moving and deleting them.
struct RegistrationRouteTests {
    @Test func `a registration is made once, and shown with what is known of it`() async throws {
        try await TestServer.run { server in
            let wanted = #""name": "work", "filter": "topic = job.*", "on": ["created", "changed"], "delivery": "pull""#
            let made = try await server.send(
                .post, "/api/registrations", "{\(wanted)}", headers: [.sender: "ann"])
            #expect(made.status == 201 && made["name"]?.text == "work" && made["filter"]?.text == "topic = job.*")
            #expect(made["owner"]?.text == "ann" && made["state"]?.text == "running")
            #expect(made["policy"]?["maximumAttempts"]?.number == "5")
            #expect(try await server.register(wanted).status == 200)
            _ = try await server.publish(#"{"topic": "job.one"}"#)
            let shown = try await server.registration("work")
            #expect(shown.status == 200 && shown["id"] == made["id"])
            #expect(shown["lag"]?["records"]?.number == "1")
            #expect(shown["lag"]?["partitions"]?.items.count == 8)
            #expect(shown["retries"]?.number == "0" && shown["deadLetters"]?.number == "0")
            let list = try await server.get("/api/registrations?lag=true")
            #expect(list["registrations"]?.items.map { $0["name"]?.text } == ["work"])
            #expect(list["registrations"]?.items.first?["lag"]?["records"]?.number == "1")
            #expect(try await server.get("/api/registrations")["registrations"]?.items.first?["lag"] == nil)
        }
    }

    @Test func `another one of the name is a conflict, and an unknown one is not found`() async throws {
        try await TestServer.run { server in
            try await server.register(#""name": "work", "delivery": "pull""#)
            for other in [#""delivery": "pull", "filter": "topic = a.b""#, #""delivery": "process""#] {
                let answer = try await server.register(#""name": "work", \#(other)"#)
                #expect(answer.status == 409 && answer.detail?.contains("there is a registration work with") == true)
            }
            for (method, path, body) in [
                (HTTPRequest.Method.get, "", nil), (.patch, "", "{}"), (.delete, "", nil), (.post, "/pause", nil),
                (.post, "/resume", nil), (.post, "/reset", #"{"to": "earliest"}"#), (.post, "/pull", nil),
                (.post, "/ack", #"{"tokens": []}"#), (.post, "/nack", #"{"tokens": []}"#),
                (.post, "/extend", #"{"tokens": []}"#), (.get, "/dead-letters", nil),
                (.get, "/dead-letters/daybook.a:0:1", nil), (.post, "/dead-letters/redrive", nil),
                (.post, "/dead-letters/drop", nil),
            ] as [(HTTPRequest.Method, String, String?)] {
                let answer = try await server.send(method, "/api/registrations/none" + path, body)
                #expect(answer.status == 404 && answer.detail == "there is no registration none", "\(path) \(answer)")
            }
        }
    }

    @Test func `everything that is wrong is told at once, by its name`() async throws {
        try await TestServer.run { server in
            let answer = try await server.register(
                #""nmae": "x", "filter": "topic == ", "on": ["made"], "start": "soon", "delivery": "pigeon", "policy": {"jitter": "a"}"#
            )
            let fields = answer["errors"]?.items.compactMap { $0["loc"]?.items.dropFirst().compactMap(\.text) } ?? []
            #expect(answer.status == 400)
            #expect(Set(fields) == [["nmae"], ["filter"], ["on"], ["start"], ["delivery"], ["policy", "jitter"]])
            let values = try await server.register(
                #""name": "a b", "on": [], "policy": {"maximumAttempts": 0, "concurrency": 5000}"#)
            #expect(values.status == 400 && values["errors"]?.items.count == 4, "\(values)")
            #expect(try await server.register(#""delivery": "pull""#).detail?.contains("needs a name") == true)
            for body in ["", "[]", "{", #"{"name": 1}"#, #"{"name": "x", "settings": []}"#] {
                #expect(try await server.send(.post, "/api/registrations", body).status == 400, "\(body)")
            }
            let positions = try await server.register(#""name": "x", "start": "daybook.none:0@5""#)
            #expect(positions.status == 400 && positions["errors"]?.items.first?["loc"]?.items.last?.text == "start")
            #expect(try await server.get("/api/registrations?x=1").status == 400)
            #expect(try await server.send(.put, "/api/registrations").status == 405)
            #expect(try await server.get("/api/registrations")["registrations"]?.items.isEmpty == true)
        }
    }

    @Test func `what it asks for can be changed, what makes it another one cannot`() async throws {
        try await TestServer.run { server in
            try await server.register(#""name": "work", "filter": "topic = job.*", "delivery": "pull""#)
            let changed = try await server.send(
                .patch, "/api/registrations/work",
                #"{"filter": null, "on": ["deleted"], "policy": {"maximumAttempts": 2}}"#)
            #expect(changed.status == 200 && changed["filter"] == .null)
            #expect(changed["on"]?.items.map(\.text) == ["deleted"])
            #expect(changed["policy"]?["maximumAttempts"]?.number == "2")
            let refused = try await server.send(
                .patch, "/api/registrations/work", #"{"name": "x", "delivery": "process", "start": "latest"}"#)
            #expect(refused.status == 400 && refused["errors"]?.items.count == 3)
            #expect(refused.detail?.contains("name: cannot be changed") == true)
        }
    }

    @Test func `a paused one says why, and goes on`() async throws {
        try await TestServer.run { server in
            try await server.register(#""name": "work", "delivery": "pull""#)
            let paused = try await server.act("work", "pause", #"{"reason": "the printer burns"}"#)
            #expect(paused.status == 200 && paused["state"]?.text == "paused")
            #expect(paused["reason"]?.text == "the printer burns")
            _ = try await server.publish(#"{"topic": "a.b", "description": "later"}"#)
            #expect(try await server.act("work", "pull", #"{"waitSeconds": 0.1}"#)["deliveries"]?.items == [])
            let resumed = try await server.act("work", "resume")
            #expect(resumed["state"]?.text == "running" && resumed["reason"] == nil)
            #expect(try await server.pull("work", 1).map(\.eventText) == ["later"])
            #expect(try await server.act("work", "pause", #"{"why": "x"}"#).status == 400)
            #expect(try await server.act("work", "resume", #"{"why": "x"}"#).status == 400)
        }
    }

    @Test func `a reset tells what moves, and moves it unless it is a dry run`() async throws {
        try await TestServer.run { server in
            try await server.register(#""name": "work", "delivery": "pull""#)
            for number in 0..<3 { _ = try await server.publish(#"{"topic": "a.b", "description": "\#(number)"}"#) }
            let tokens = try await server.pull("work", 3).tokens()
            #expect(try await server.act("work", "ack", tokens)["expired"]?.items == [])
            _ = try await server.whenRegistration("work") { $0["lag"]?["records"]?.number == "0" }
            let dry = try await server.act("work", "reset", #"{"to": "earliest", "dryRun": true}"#)
            let moves = dry["moves"]?.items ?? []
            #expect(dry.status == 200 && dry["dryRun"] == .bool(true) && !moves.isEmpty)
            #expect(moves.allSatisfy { $0["stream"]?.text == "daybook.a" && $0["to"]?.number == "0" })
            #expect(try await server.registration("work")["lag"]?["records"]?.number == "0")
            let reset = try await server.act("work", "reset", #"{"to": "earliest"}"#)
            #expect(reset.status == 200 && reset["moves"] == dry["moves"] && reset["dryRun"] == .bool(false))
            #expect(try await server.registration("work")["state"]?.text == "running")
            #expect(Set(try await server.pull("work", 3).map(\.eventText)) == ["0", "1", "2"])
            for body in ["{}", #"{"to": "yesterday"}"#, #"{"to": 1}"#, #"{"to": "latest", "x": 1}"#] {
                #expect(try await server.act("work", "reset", body).status == 400, "\(body)")
            }
            let behind = try await server.act("work", "reset", #"{"to": "daybook.a:0@99"}"#)
            #expect(behind.status == 400 && behind["errors"]?.items.first?["loc"]?.items.last?.text == "to")
        }
    }

    @Test func `a name that is deleted and made again begins anew`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let first = try await server.register(#""name": "work", "delivery": "pull", "start": "earliest""#)
            let tokens = try await server.pull("work", 1).tokens()
            _ = try await server.act("work", "ack", tokens)
            #expect(try await server.send(.delete, "/api/registrations/work").status == 204)
            #expect(try await server.registration("work").status == 404)
            let second = try await server.register(#""name": "work", "delivery": "pull", "start": "earliest""#)
            #expect(second.status == 201 && second["id"] != first["id"])
            #expect(try await server.pull("work", 1).count == 1)
        }
    }

    @Test func `without the log it is 503, and writes say whether they were stored`() async throws {
        try await TestServer.run(isOpening: false) { server in
            #expect(try await server.get("/api/registrations").status == 503)
            let answer = try await server.register(#""name": "work""#)
            #expect(answer.status == 503 && answer["stored"]?.text == "no")
        }
        try await TestServer.run { server in
            try await server.register(#""name": "work", "delivery": "pull""#)
            server.log.fault = .all(.unavailable("no broker answers"))
            let shown = try await server.registration("work")
            #expect(shown.status == 503 && shown["stored"] == nil)
            let answer = try await server.register(#""name": "other""#)
            #expect(answer.status == 503 && answer["stored"]?.text == "no")
            server.log.fault = nil
            #expect(try await server.register(#""name": "other""#).status == 201)
        }
    }

    @Test func `settings that this server cannot use are refused`() async throws {
        try await TestServer.run(makeHandler: { registration in
            guard registration.delivery == .handler else { return nil }
            throw InvalidRegistration([FieldProblem("settings.handler", "bad_value", "there is no mail")])
        }) { server in
            let answer = try await server.register(#""name": "x", "delivery": "handler""#)
            #expect(answer.status == 400)
            #expect(answer["errors"]?.items.first?["loc"]?.items.map(\.text) == ["body", "settings", "handler"])
            #expect(try await server.register(#""name": "y", "delivery": "webhook""#).status == 400)
        }
    }
}
