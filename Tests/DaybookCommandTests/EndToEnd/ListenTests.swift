import Foundation
import Testing

@testable import DaybookCommand

/// Where a server may listen, by who may do what.
struct ListenTests {
    private let directory: TemporaryDirectory
    private let data: String

    init() throws {
        directory = try TemporaryDirectory()
        data = directory.path + "/data"
    }

    private func start(_ options: String..., environment: [String: String] = [:]) async throws -> ServerProcess {
        try await ServerProcess.start(["--port", "0", "--data", data] + options, environment: environment)
    }

    private func refusal(_ options: String...) async -> ServerProcess.NotStarted? {
        await #expect(throws: ServerProcess.NotStarted.self) {
            _ = try await ServerProcess.start(["--port", "0", "--data", data] + options)
        }
    }

    @Test(arguments: ["0.0.0.0", "::"])
    func `without keys it listens on this machine only`(host: String) async throws {
        let error = try #require(await refusal("--host", host))
        #expect(error.code == CommandFailure.Kind.usage.rawValue)
        #expect(error.errors.contains("daybook keys create"))
        #expect(error.errors.contains("--insecure"))
        #expect(!error.errors.contains("Server started"), "it never listened")
    }

    @Test func `elsewhere it does when that is said, and warns`() async throws {
        let server = try await start("--host", "0.0.0.0", "--insecure")
        #expect(server.errors.contains("--insecure"))
        #expect(server.errors.contains("without TLS"))
        #expect(try await server.daybook("list").code == 0)
        await server.stop()
        let other = try await start(environment: ["DAYBOOK_HOST": "0.0.0.0", "DAYBOOK_INSECURE": "true"])
        await other.stop()
    }

    @Test func `with a key it listens, and without its last key it refuses everybody until there is one again`()
        async throws
    {
        let made = try await Program.run(
            Program.daybook, ["keys", "create", "--role", "admin", "--name", "me", "--log", "sqlite:\(data)"])
        #expect(made.code == 0, "\(made.errors)")
        let key = try #require(made.lines.last)
        let server = try await start("--host", "0.0.0.0")
        #expect(server.errors.contains("without TLS"))
        #expect(!server.errors.contains("--insecure"))
        let run = { (arguments: [String]) in
            try await Program.run(
                Program.daybook, arguments, environment: ["DAYBOOK_SERVER": server.url, "DAYBOOK_API_KEY": key])
        }
        #expect(try await run(["list"]).code == 0)
        #expect(try await run(["keys", "revoke", "me"]).code == 0)
        #expect(try await run(["list"]).code != 0)
        #expect(try await server.daybook("list").code != 0)
        await server.stop()
        #expect(await refusal("--host", "0.0.0.0") != nil)
    }

    @Test func `on this machine it is open and warns of nothing`() async throws {
        let server = try await start("--host", "localhost")
        #expect(!server.errors.contains("warning"))
        #expect(try await server.daybook("list").code == 0)
        await server.stop()
    }

    @Test func `tokens are as good as keys for that`() async throws {
        let keys = try directory.file("keys.json", TestTokens().set)
        let server = try await start("--host", "0.0.0.0", "--jwt-keys", keys)
        let answer = try await Program.run(
            "/usr/bin/curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", server.url + "/api/events"])
        #expect(answer.output == "401")
        await server.stop()
    }
}
