import Foundation
import LosslessJSON
import Testing

@testable import DaybookCommand

@Suite struct TopicCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("a topic's entry is defined, shown, listed and removed, and outlives the server")
    func entries() async throws {
        let data = ["--port", "0", "--data", directory.path + "/data"]
        var server = try await ServerProcess.start(data)
        let defined = try await server.daybook(
            "topics", "define", "ssh.login", "--description", "A login", "--field", "user:string=User", "--field",
            "port:integer", "--member", "n?", "--check", "warn")
        #expect(defined.code == 0, "\(defined.errors)")
        let shown = try await server.daybook("topics", "show", "ssh.login", "--json")
        let entry =
            #"{"topic":"ssh.login","origin":"catalog","description":"A login","check":"warn","#
            + #""summary":[{"name":"n","optional":true}],"#
            + #""fields":[{"name":"user","description":"User","type":"string"},{"name":"port","type":"integer"}]}"#
        #expect(shown.lines == [entry])
        // What is not said stays.
        let changed = try await server.daybook("topics", "define", "ssh.login", "--description", "Logins")
        #expect(changed.code == 0, "\(changed.errors)")
        let page = try await server.daybook("topics", "show", "ssh.login")
        for text in ["Logins", "n?", "user", "integer", "User", "warn"] { #expect(page.output.contains(text)) }

        let refused = try await server.daybook(
            "publish", "-", input: #"{"topic":"ssh.login","kind":"dataset","payload":{"user":"ann"}}"#)
        #expect(refused.code == 4 && refused.errors.contains("payload.port: is missing"), "\(refused.errors)")
        _ = await server.stop()
        server = try await ServerProcess.start(data)
        let again = try await server.daybook("topics", "list", "--entries", "--json")
        #expect(again.lines.contains { $0.contains(#""topic":"ssh.login","origin":"catalog""#) })
        #expect(again.lines.contains { $0.contains(#""topic":"log.success","origin":"builtIn""#) })
        #expect(try await server.daybook("topics", "remove", "ssh.login").code == 0)
        let gone = try await server.daybook("topics", "remove", "ssh.login")
        #expect(gone.code == 3 && gone.errors.contains("nobody has defined an entry for ssh.login"))
        let reserved = try await server.daybook("topics", "define", "a.b", "--field", "summary")
        #expect(reserved.code == 4 && reserved.errors.contains("the name summary is reserved"), "\(reserved.errors)")
        #expect(try await server.daybook("topics").code == 0)
    }

    @Test("the configuration file has entries, too")
    func configured() async throws {
        let file = directory.path + "/daybook.json"
        try #"{"topics": {"a.*": {"check": "reject", "summary": ["n"]}}}"#.write(
            toFile: file, atomically: true, encoding: .utf8)
        let server = try await ServerProcess.start(
            ["--port", "0", "--data", directory.path + "/data", "--config", file])
        let shown = try await server.daybook("topics", "show", "a.b", "--json")
        #expect(
            shown.lines == [#"{"topic":"a.*","origin":"configuration","check":"reject","summary":[{"name":"n"}]}"#])
        #expect(try await server.daybook("publish", "--topic", "a.b").code == 4)
        #expect(try await server.daybook("publish", "--topic", "a.b", "--summary", #"{"n":1}"#).code == 0)
    }
}
