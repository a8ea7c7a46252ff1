import Foundation
import LosslessJSON
import Testing

@testable import DaybookCommand

/// `daybook keys`, on a log and through a server.
@Suite struct KeyCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var data: String { directory.path + "/data" }

    private func onLog(_ arguments: String...) async throws -> Finished {
        try await Program.run(Program.daybook, arguments + ["--log", "sqlite:\(data)"])
    }

    private func daybook(
        _ server: ServerProcess, _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> Finished {
        try await Program.run(
            Program.daybook, arguments,
            environment: environment.merging(["DAYBOOK_SERVER": server.url]) { $1 })
    }

    @Test func `keys are made on a log and through a server, listed and revoked`() async throws {
        let made = try await onLog("keys", "create", "--role", "admin", "--name", "me")
        let key = try #require(made.lines.last)
        #expect(made.code == 0 && key.wholeMatch(of: /dbk_[0-9a-f]{64}/) != nil, "\(made)")
        // Who has the log needs no key, though there is one.
        #expect(try await onLog("publish", "--topic", "demo.a").code == 0)
        #expect(try await onLog("list", "--json").lines.count == 1)

        let server = try await ServerProcess.start(["--port", "0", "--data", data])
        let refused = try await daybook(server, "list")
        #expect(refused.code == 4 && refused.errors.contains("DAYBOOK_API_KEY or --api-key-file"), "\(refused)")
        let file = directory.path + "/key"
        try Data(made.output.utf8).write(to: URL(filePath: file))
        #expect(try await daybook(server, "list", "--api-key", key).code == 0)
        #expect(try await daybook(server, "list", "--api-key-file", file).code == 0)
        #expect(try await daybook(server, "list", environment: ["DAYBOOK_API_KEY_FILE": file]).code == 0)
        let mine = ["DAYBOOK_API_KEY": key]
        let other = try await daybook(
            server, "keys", "create", "--role", "guest", "--name", "ci", "--scope", "read topics=demo.*", "--expires",
            "90d", "--json", environment: mine)
        #expect(other.code == 0 && other.lines.count == 1, "\(other)")
        let members = try JSONMembers(Array(other.output.utf8))
        #expect(members["createdBy"]?.stringValue == "me" && members["expires"]?.stringValue != nil)
        let guest = try #require(members["key"]?.stringValue)
        #expect(try await daybook(server, "list", "--json", environment: ["DAYBOOK_API_KEY": guest]).lines.count == 1)

        let list = try await daybook(server, "keys", "list", environment: mine)
        #expect(list.lines.count == 3 && list.lines[1].hasPrefix("ci") && list.output.contains("read topics=demo.*"))
        #expect(!list.output.contains(key) && !list.output.contains(guest))
        #expect(try await daybook(server, "keys", "list", environment: ["DAYBOOK_API_KEY": guest]).code == 4)
        #expect(try await daybook(server, "keys", "revoke", "ci", environment: mine).code == 0)
        #expect(try await daybook(server, "keys", "revoke", "ci", environment: mine).code == 3)
        #expect(try await daybook(server, "list", environment: ["DAYBOOK_API_KEY": guest]).code == 4)
        #expect(!server.errors.contains("dbk_") && server.errors.contains("access refused"))
        await server.stop()

        #expect(try await onLog("keys", "revoke", "me").code == 0)
        #expect(try await onLog("keys", "list", "--json").lines.isEmpty)
        // The log has none of the keys.
        for name in try FileManager.default.contentsOfDirectory(atPath: data) {
            guard let content = FileManager.default.contents(atPath: "\(data)/\(name)") else { continue }
            #expect(content.range(of: Data(key.utf8)) == nil && content.range(of: Data(guest.utf8)) == nil, "\(name)")
        }
    }

    @Test func `what is wrong is told before anything is asked`() async throws {
        for (arguments, message) in [
            (["--role", "boss", "--name", "a"], "role: must be one of"),
            (
                ["--role", "user", "--name", "a", "--scope", "read topics=a,b/c"],
                "column 15: 'b/c' is no topic pattern"
            ),
            (["--role", "user", "--name", "a", "--expires", "soon"], "--expires: 'soon'"),
            (["--role", "user", "--name", "a", "--api-key", "x"], "With --log no key is needed"),
        ] {
            let result = try await Program.run(
                Program.daybook, ["keys", "create", "--log", "sqlite:\(data)"] + arguments)
            #expect(result.code != 0 && result.errors.contains(message), "\(result)")
        }
    }
}
