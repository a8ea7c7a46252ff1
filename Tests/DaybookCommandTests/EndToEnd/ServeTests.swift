import Daybook
import Foundation
import LosslessJSON
import Testing

@testable import DaybookCommand

/// The server as a process: how it starts, what it says, how it ends.
@Suite struct ServeTests {
    private let directory: TemporaryDirectory
    private let data: String

    init() throws {
        directory = try TemporaryDirectory()
        data = directory.path + "/data"
    }

    private func start(_ options: String...) async throws -> ServerProcess {
        try await ServerProcess.start(["--port", "0", "--data", data] + options)
    }

    @Test("it says where it listens and what to try")
    func greeting() async throws {
        let server = try await start()
        #expect(server.greeting.contains("curl"))
        #expect(server.greeting.contains(server.url + "/api/events"))
        #expect(!server.errors.contains("warning"))
        #expect(await server.stop() == 0)
    }

    @Test("it may be stopped as soon as it says that it has started")
    func earlyEnd() async throws {
        for _ in 0..<6 {
            let server = try await start()
            #expect(await server.stop() == 0)
        }
    }

    @Test("after a restart the answers are the same", arguments: [SIGTERM, SIGINT, SIGKILL])
    func restart(signal: Int32) async throws {
        let before = try await start()
        let lines = (1...500).map {
            #"{"topic": "demo.kind\#($0 % 3)", "description": "event \#($0)", "status": "pending"}"#
        }
        _ = try await before.daybook("publish", "-", input: lines.joined(separator: "\n"))
        let id = try #require(try await before.daybook("list", "--json", "--limit", "1").lines.first)
        let changed = try #require(try JSONMembers(id.utf8)["id"]?.stringValue)
        _ = try await before.daybook("update", changed, "--status", "failed")
        let list = try await before.daybook("list", "--all", "--json").output
        let dump = try await before.daybook("dump-index").output
        before.signal(signal)
        #expect(await before.end() == (signal == SIGKILL ? -SIGKILL : 0))

        let after = try await start()
        #expect(try await after.daybook("list", "--all", "--json").output == list)
        #expect(try await after.daybook("dump-index").output == dump)
        #expect(list.split(separator: "\n").count == 500)
        await after.stop()
        // And so say the commands that go straight to the log, with a snapshot and without.
        for options in [[], ["--rebuild"]] {
            let straight = try await Program.run(Program.daybook, ["dump-index", "--log", "sqlite:\(data)"] + options)
            #expect(straight.output == dump, "\(straight.errors)")
        }
    }

    @Test("a graceful end leaves a snapshot, from which the next start goes on")
    func snapshot() async throws {
        let server = try await start("--snapshot-interval", "1h")
        _ = try await server.daybook("publish", "--topic", "demo.one")
        await server.stop()
        let files = try FileManager.default.subpathsOfDirectory(atPath: data + "/snapshots")
        #expect(!files.isEmpty)
    }

    @Test("a second process on the directory is refused, and the first one goes on")
    func twoProcesses() async throws {
        let first = try await start()
        let error = await #expect(throws: ServerProcess.NotStarted.self) { _ = try await start() }
        #expect(error?.code == 5)
        #expect(error?.errors.contains("in use") == true, "\(error?.errors ?? "")")
        // What the server under it logs of its end may come behind it.
        let lines = error?.errors.split(separator: "\n") ?? []
        #expect(lines.contains { $0.hasPrefix("daybook: ") }, "\(error?.errors ?? "")")
        let straight = try await Program.run(Program.daybook, ["list", "--log", "sqlite:\(data)"])
        #expect(straight.code == 5)
        #expect(try await first.daybook("publish", "--topic", "demo.one").code == 0)
    }

    @Test("a port in use is told with what to do")
    func portInUse() async throws {
        let first = try await start()
        let other = directory.path + "/other"
        let error = await #expect(throws: ServerProcess.NotStarted.self) {
            _ = try await ServerProcess.start(["--port", first.port, "--data", other])
        }
        #expect(error?.code == 5)
        #expect(error?.errors.contains("port \(first.port) of 127.0.0.1 is in use") == true, "\(error?.errors ?? "")")
        #expect(error?.errors.contains("--port") == true)
    }

    @Test("a directory that cannot be used is told")
    func directoryUnusable() async throws {
        let file = try directory.file("file", "")
        let error = await #expect(throws: ServerProcess.NotStarted.self) {
            _ = try await ServerProcess.start(["--port", "0", "--data", file + "/data"])
        }
        #expect(error?.code == 1)
        #expect(error?.errors.contains(file) == true, "\(error?.errors ?? "")")
    }

    @Test("a variable that is no setting brings a warning")
    func unknownVariable() async throws {
        let server = try await ServerProcess.start(
            ["--port", "0", "--data", data], environment: ["DAYBOOK_PROT": "1"])
        #expect(server.errors.contains("DAYBOOK_PROT"))
    }

    @Test("requests in hand are answered before it ends")
    func inHand() async throws {
        let server = try await start()
        // A publish of many lines goes through several requests; those that were acknowledged must be there afterwards.
        let lines = (1...20_000).map { #"{"topic": "demo.line", "description": "event \#($0)"}"# }
        async let publishing = server.daybook(
            "publish", "-", "--json", "--retry-for", "1s", input: lines.joined(separator: "\n"))
        while try await server.daybook("list", "--json", "--limit", "1").output.isEmpty {}
        #expect(await server.stop() == 0)
        let acknowledged = try await publishing.lines.compactMap { line -> String? in
            let members = try JSONMembers(line.utf8)
            return members["status"]?.int64Value.map { $0 < 300 } == true ? members["id"]?.stringValue : nil
        }
        let again = try await start()
        let listed = try await again.daybook("list", "--all", "--json").lines.compactMap {
            try JSONMembers($0.utf8)["id"]?.stringValue
        }
        #expect(!acknowledged.isEmpty)
        #expect(Set(acknowledged).subtracting(listed).isEmpty)
    }

    @Test("a second signal ends it at once, also while a request is in hand")
    func secondSignal() async throws {
        let server = try await start()
        let stuck = try StuckRequest(port: server.port)
        // In hand is what the server has seen the head of; asking is itself a request.
        while try await !server.metrics().contains("\ndaybook_http_requests_in_flight 2\n") {}
        server.signal(SIGTERM)
        // It has heard the first one when it takes nothing more.
        while (try? StuckRequest(port: server.port)) != nil {}
        #expect(server.isRunning)
        server.signal(SIGTERM)
        #expect(await server.end() == 128 + SIGTERM)
        withExtendedLifetime(stuck) {}
    }

    @Test("publishing outlasts a restart of the server")
    func outlasts() async throws {
        let first = try await start()
        let port = first.port
        let lines = (1...20_000).map { #"{"topic": "demo.line", "description": "event \#($0)"}"# }
        async let publishing = first.daybook("publish", "-", input: lines.joined(separator: "\n"))
        while try await first.daybook("list", "--json", "--limit", "1").output.isEmpty {}
        first.signal(SIGKILL)
        _ = await first.end()
        let second = try await ServerProcess.start(["--port", port, "--data", data])
        let result = try await publishing
        #expect(result.code == 0, "\(result.errors)")
        #expect(try await second.daybook("list", "--all", "--json").lines.count == 20_000)
    }

    @Test("the doctor finds nothing wrong with what is right, and tells what is wrong")
    func doctor() async throws {
        let server = try await start()
        let healthy = try await Program.run(Program.daybook, ["doctor", "--server", server.url])
        #expect(healthy.code == 0, "\(healthy.output)")
        let inUse = try await Program.run(Program.daybook, ["doctor", "--data", data, "--port", server.port])
        #expect(inUse.code == 0, "\(inUse.output)")
        #expect(inUse.output.contains("answers"))
        let taken = try await Program.run(
            Program.daybook, ["doctor", "--data", directory.path + "/other", "--port", server.port, "--json"])
        #expect(taken.code == 1)
        let failed = try taken.lines.map { try JSONMembers($0.utf8) }.filter { $0["verdict"]?.stringValue == "failed" }
        #expect(failed.compactMap { $0["subject"]?.stringValue } == ["port"])
        await server.stop()
        let stopped = try await Program.run(Program.daybook, ["doctor", "--data", data, "--port", "0"])
        #expect(stopped.code == 0, "\(stopped.output)")
        #expect(stopped.output.contains("streams"))
        let gone = try await Program.run(Program.daybook, ["doctor", "--server", server.url])
        #expect(gone.code == 1)
        #expect(gone.output.contains("daybook serve"))
    }
}
