import Daybook
import Foundation
import LosslessJSON
import Testing

@testable import DaybookCommand

/// The commands against a server, each a process of its own.
@Suite struct CommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start() async throws -> ServerProcess {
        try await ServerProcess.start(["--port", "0", "--data", directory.path + "/data"])
    }

    @Test("a worker that enrolled with an id reports with it, and is refused without")
    func worker() async throws {
        let server = try await start()
        _ = try await server.daybook("publish", "--topic", "demo.source")
        let enrolled = try await server.daybook(
            "enroll", "--source", "demo.source", "--target", "demo.job", "--sender", "w", "--worker", "1", "--json")
        let line = try #require(enrolled.lines.first, "\(enrolled.errors)")
        let job = try #require(try JSONMembers(line.utf8)["id"]?.stringValue)
        let other = try await server.daybook("update", job, "--status", "finished", "--sender", "w")
        #expect(other.code == 4 && other.errors.contains("w (worker 1)'s"), "\(other.errors)")
        let report = try await server.daybook(
            "update", job, "--status", "finished", "--sender", "w", "--worker", "1")
        #expect(report.code == 0, "\(report.errors)")
    }

    @Test("an event is published, shown, changed, found and deleted, and its history tells so")
    func life() async throws {
        let server = try await start()
        let published = try await server.daybook(
            "publish", "--topic", "demo.job", "--description", "a job", "--status", "pending", "--project", "web",
            "--summary", #"{"n": 1}"#, "--payload", #"{"big": 12345678901234567890}"#, "--user", "ada")
        #expect(published.code == 0, "\(published.errors)")
        let id = published.output.trimmingCharacters(in: .newlines)
        #expect(EventID(id) != nil)

        let shown = try await server.daybook("get", id, "--json")
        let event = try JSONMembers(shown.output.utf8)
        #expect(event["topic"]?.stringValue == "demo.job")
        #expect(event["user"]?.stringValue == "ada")
        #expect(event["payload"]?.description == #"{"big":12345678901234567890}"#)
        #expect(try await server.daybook("get", id).output.contains("demo.job"))

        let changed = try await server.daybook("update", id, "--status", "finished", "--description", "done")
        #expect(changed.code == 0, "\(changed.errors)")
        #expect(changed.output.isEmpty)
        let found = try await server.daybook("list", "--topic", "demo.*", "--status", "finished", "--json")
        #expect(found.lines.count == 1)
        #expect(try JSONMembers(found.output.utf8)["description"]?.stringValue == "done")
        #expect(try await server.daybook("list", "--status", "pending", "--json").lines.isEmpty)
        let table = try await server.daybook("list")
        #expect(table.lines.first?.hasPrefix("CREATED") == true)
        #expect(table.lines.last?.contains(id) == true)

        #expect(try await server.daybook("delete", id).code == 0)
        let gone = try await server.daybook("get", id)
        #expect(gone.code == 3)
        #expect(gone.errors.contains("Event not found"))
        let history = try await server.daybook("history", id, "--json")
        #expect(
            try history.lines.map { try JSONMembers($0.utf8)["change"]?.stringValue } == [
                "created", "changed", "deleted",
            ])
        #expect(try await server.daybook("history", id).lines.count == 4)
    }

    @Test("lines that are refused are told with their numbers, and the others are published")
    func badLines() async throws {
        let server = try await start()
        let input = (1...100).map { number in
            switch number {
            case 10: #"{"topic": "demo.line", "progress": 101}"#
            case 50: "no json"
            case 99: #"{"topic": "demo..line"}"#
            default: #"{"topic": "demo.line", "description": "line \#(number)"}"#
            }
        }
        let result = try await server.daybook("publish", "-", input: input.joined(separator: "\n"))
        #expect(result.code == 4)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 4, "\(result.errors)")
        #expect(lines.first == "line 10: progress: must be from 0 to 100")
        #expect(lines.dropFirst().first == "line 50: must be a JSON object")
        #expect(lines.dropFirst(2).first?.hasPrefix("line 99: topic: ") == true)
        #expect(lines.last?.hasPrefix("published 97 events in ") == true)
        #expect(lines.last?.hasSuffix(", 3 refused, 0 failed") == true)
        #expect(try await server.daybook("list", "--all", "--json").lines.count == 97)
        let machine = try await server.daybook("publish", "-", "--json", input: input[8...10].joined(separator: "\n"))
        let statuses = try machine.lines.map { try JSONMembers($0.utf8)["status"]?.int64Value }
        #expect(statuses.map { $0.map { $0 / 100 } } == [2, 4, 2])
    }

    @Test("an atomic file is published as a whole or not at all")
    func atomic() async throws {
        let server = try await start()
        let good = #"{"topic": "demo.line"}"#
        let refused = try await server.daybook("publish", "--atomic", "-", input: "\(good)\n{}\n\(good)")
        #expect(refused.code == 4)
        #expect(try await server.daybook("list", "--json").output.isEmpty)
        let taken = try await server.daybook("publish", "--atomic", "-", input: "\(good)\n\(good)")
        #expect(taken.code == 0, "\(taken.errors)")
        #expect(try await server.daybook("list", "--json").lines.count == 2)
    }

    @Test("a batch that is too large for the server goes in parts, and a line that is by itself is refused")
    func tooLarge() async throws {
        let server = try await ServerProcess.start([
            "--port", "0", "--data", directory.path + "/data", "--maximum-payload", "1KiB", "--http-maximum-batch",
            "64KiB",
        ])
        let filler = String(repeating: "x", count: 900)
        var lines = (1...900).map { #"{"topic": "demo.line", "description": "\#($0)", "payload": "\#(filler)"}"# }
        lines[500] = #"{"topic": "demo.line", "payload": "\#(String(repeating: filler, count: 1000))"}"#
        let result = try await server.daybook("publish", "-", input: lines.joined(separator: "\n"))
        #expect(result.code == 4)
        #expect(result.errors.hasPrefix("line 501: the body is larger than "), "\(result.errors)")
        let ascending = try await server.daybook("list", "--all", "--json", "--oldest-first")
        #expect(ascending.lines.count == 899)
    }

    @Test("publishing a file again makes no second event where the events have ids")
    func twice() async throws {
        let server = try await start()
        let lines = (1...20).map { _ in #"{"topic": "demo.line", "id": "\#(EventID.generate())"}"# }.joined(
            separator: "\n")
        for _ in 0..<2 { #expect(try await server.daybook("publish", "-", input: lines).code == 0) }
        #expect(try await server.daybook("list", "--all", "--json").lines.count == 20)
    }

    @Test("publishing a file again tells how many were duplicates where the events have hashes")
    func duplicates() async throws {
        let server = try await start()
        let lines = (1...20).map { #"{"topic": "demo.line", "hash": "\#($0)"}"# }.joined(separator: "\n")
        #expect(try await server.daybook("publish", "-", input: lines).code == 0)
        let again = try await server.daybook("publish", "-", input: lines + "\n" + #"{"topic": "demo.line"}"#)
        #expect(again.code == 0)
        #expect(again.errors.hasPrefix("published 1 events in "), "\(again.errors)")
        #expect(again.errors.contains(", 20 duplicates, 0 refused, 0 failed"), "\(again.errors)")
        #expect(try await server.daybook("list", "--all", "--json").lines.count == 21)
    }

    @Test("a replay gives the records, and goes on where it ended")
    func replay() async throws {
        let server = try await start()
        _ = try await server.daybook("publish", "-", input: #"{"topic": "a.one"}"# + "\n" + #"{"topic": "b.one"}"#)
        let first = try await server.daybook("replay", "--topic", "a.*")
        #expect(first.lines.count == 1)
        #expect(first.errors.hasPrefix("1 record; to go on from here: --from "))
        let place = try #require(first.errors.split(separator: " ").last).trimmingCharacters(in: .newlines)
        _ = try await server.daybook("publish", "--topic", "a.two")
        let second = try await server.daybook("replay", "--topic", "a.*", "--from", place)
        #expect(try second.lines.map { try JSONMembers($0.utf8)["topic"]?.stringValue } == ["a.two"])
        let file = directory.path + "/all.ndjson"
        #expect(try await server.daybook("replay", "--output", file).code == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count == 3)
    }

    @Test("tail shows what is published while it runs")
    func tail() async throws {
        let server = try await start()
        let output = Pipe()
        let process = try ChildProcess(
            Program.daybook, ["tail", "--topic", "demo.*", "--from", "earliest", "--json"],
            environment: Program.environment(["DAYBOOK_SERVER": server.url]),
            streams: .init(output: .descriptor(output.fileHandleForWriting.fileDescriptor)))
        defer {
            process.signal(SIGTERM)
            process.wait()
        }
        _ = try await server.daybook("publish", "--topic", "other.topic")
        let expected = try await server.daybook("publish", "--topic", "demo.live").output
        let line = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: output.fileHandleForReading.availableData) }
        }
        #expect(try JSONMembers(line)["id"]?.stringValue == expected.trimmingCharacters(in: .newlines))
    }

    @Test("topics are listed with their numbers of events")
    func topics() async throws {
        let server = try await start()
        let lines = ["a.one", "b.two", "a.one"].map { #"{"topic": "\#($0)"}"# }.joined(separator: "\n")
        _ = try await server.daybook("publish", "-", input: lines)
        let result = try await server.daybook("topics", "--json")
        #expect(result.lines == [#"{"topic":"a.one","events":2}"#, #"{"topic":"b.two","events":1}"#])
    }

    @Test("no server: one sentence that says what to do, and exit code 5")
    func noServer() async throws {
        let result = try await Program.run(
            Program.daybook, ["list"], environment: ["DAYBOOK_SERVER": "http://127.0.0.1:1"])
        #expect(result.code == 5)
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.errors.contains("start it with `daybook serve`"))
    }

    @Test(
        "wrong usage is exit code 64",
        arguments: [
            ["publish"], ["publish", "--topic", "a", "file"], ["list", "--limit", "0"],
            ["list", "--server", "nowhere"],
            ["frobnicate"], ["update", "0123"], ["serve", "--port", "70000"],
        ])
    func usage(arguments: [String]) async throws {
        let result = try await Program.run(Program.daybook, arguments)
        #expect(result.code == 64)
        #expect(!result.errors.isEmpty)
    }

    @Test("a condition the server does not take is refused, and the message is the server's")
    func refused() async throws {
        let server = try await start()
        let result = try await server.daybook("list", "--newer-than", "yesterday")
        #expect(result.code == 4)
        #expect(result.errors.contains("newerThan"))
        #expect(result.errors.contains("yesterday"))
    }
}
