import Foundation
import LosslessJSON
import TestTools
import Testing

/// A registration's webhook, served: what its answers do, and what is told of it.
@Suite(.timeLimit(.minutes(5))) struct WebhookServeTests {
    @Test("a webhook waits as it is told to, is written down, and is called no more when it is gone")
    func life() async throws {
        let directory = try TemporaryDirectory()
        let begin = ContinuousClock.now
        let times = Box<[Duration]>([])
        let hook = try StandInServer { request in
            let number = times.withLock { times in
                times.append(begin.duration(to: .now))
                return times.count
            }
            return switch number {
            case 1: StandInServer.Answer(status: 503, headers: ["retry-after": "2"])
            case 2: StandInServer.Answer(status: 200)
            default: StandInServer.Answer(status: 410, body: "moved away")
            }
        }
        let secret = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
        let options = [
            "--port", "0", "--data", directory.path + "/data", "--webhooks-allow-http", "true",
            "--webhooks-allow-private-addresses", "true",
        ]
        var server = try await ServerProcess.start(options, environment: ["SECRET": secret])
        let made = try await server.daybook(
            "registrations", "create", "hook", "--filter", "topic = page.*", "--delivery", "webhook", "--settings",
            #"{"url": "http://127.0.0.1:\#(hook.port)/", "secrets": ["env:SECRET"], "timeout": "1m"}"#)
        #expect(made.code == 0, "\(made)")
        #expect(try await server.daybook("publish", "--topic", "page.new").code == 0)
        while hook.requests.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(times.value[0] + .seconds(2) <= times.value[1], "\(times.value)")
        #expect(hook.requests[0].headers["webhook-id"] == hook.requests[1].headers["webhook-id"])

        #expect(try await server.daybook("publish", "--topic", "page.old").code == 0)
        var shown = try await server.daybook("registrations", "show", "hook", "--json")
        while !shown.output.contains(#""state":"paused""#) {
            shown = try await server.daybook("registrations", "show", "hook", "--json")
        }
        let reason = try JSONMembers(shown.output.utf8)["reason"]?.stringValue
        #expect(reason == "registrations.hook: 410 Gone: moved away")
        #expect(hook.requests.count == 3)

        var lines: [String] = []
        while lines.count < 2 {
            lines = try await server.daybook("registrations", "deliveries", "hook", "--json").lines
        }
        let (last, first) = (try JSONMembers(lines[0].utf8), try JSONMembers(lines[1].utf8))
        #expect(last["topic"]?.stringValue == "page.old" && first["topic"]?.stringValue == "page.new")
        #expect(first["message"]?.stringValue == hook.requests[0].headers["webhook-id"])
        let attempts = first["attempts"]?.elements?.map { $0.members?["status"]?.numberText }
        #expect(attempts == ["503", "200"], "\(lines)")
        let table = try await server.daybook("registrations", "deliveries", "hook", "--limit", "1")
        #expect(table.lines.count == 2 && table.lines[1].contains("410"), "\(table)")
        #expect(await server.stop() == 0)

        // A restart forgets nothing of it.
        server = try await ServerProcess.start(options, environment: ["SECRET": secret])
        repeat {
            lines = try await server.daybook("registrations", "deliveries", "hook", "--json").lines
        } while lines.count < 2
        #expect(hook.requests.count == 3)
    }

    @Test("a server that starts is an event")
    func serverStarted() async throws {
        let directory = try TemporaryDirectory()
        let server = try await ServerProcess.start(
            ["--port", "0", "--data", directory.path + "/data", "--publish-start", "true"])
        let list = try await server.daybook("list", "--topic", "server.*", "--json")
        #expect(list.lines.count == 1, "\(list)")
        let event = try JSONMembers(try #require(list.lines.first).utf8)
        #expect(event["topic"]?.stringValue == "server.started" && event["sender"]?.stringValue == "daybook")
        #expect(event["summary"]?.members?["port"]?.numberText == server.port)
    }

    @Test("the past goes through a handler of the server again")
    func replay() async throws {
        let directory = try TemporaryDirectory()
        let seen = directory.path + "/seen"
        let program = #"while read -r line; do echo "$line" >> "$0"; done"#
        let file = try directory.file(
            "daybook.json",
            #"{"handlers": {"note": {"type": "exec", "program": "sh", "acknowledges": false, "#
                + #""arguments": ["-c", \#(JSONText.string(program)), "\#(seen)"]}}}"#)
        let server = try await ServerProcess.start(
            ["--port", "0", "--data", directory.path + "/data", "--config", file])
        for topic in ["page.new", "page.new", "other"] {
            #expect(try await server.daybook("publish", "--topic", topic).code == 0)
        }
        let made = try await server.daybook(
            "registrations", "create", "note", "--filter", "topic = page.*", "--handler", "note")
        #expect(made.code == 0, "\(made)")
        let replay = try await server.daybook("registrations", "replay", "note", "--from", "earliest")
        #expect(replay.code == 0 && replay.output == "2 delivered, 0 failed\n", "\(replay)")
        let json = try await server.daybook("registrations", "replay", "note", "--from", "latest", "--json")
        #expect(json.output.contains(#""delivered":0,"failed":0"#), "\(json)")
        #expect(try await server.daybook("registrations", "replay", "note", "--from", "soon").code == 4)
        #expect(try await server.daybook("registrations", "replay", "none", "--from", "earliest").code == 3)
        #expect(await server.stop() == 0)
        #expect(try String(contentsOfFile: seen, encoding: .utf8).split(separator: "\n").count == 2)
    }
}
