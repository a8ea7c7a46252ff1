import Foundation
import LosslessJSON
import Testing

@testable import DaybookCommand

/// The commands straight on a log, without a server.
@Suite struct StraightOnLogTests {
    @Test("they do what they do against a server")
    func same() async throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let log = "sqlite:\(directory.path)/data"
        func daybook(_ arguments: String..., input: String = "") async throws -> Finished {
            try await Program.run(Program.daybook, arguments + ["--log", log], input: input)
        }
        let lines = (1...50).map { #"{"topic": "demo.line", "description": "event \#($0)"}"# }.joined(separator: "\n")
        let published = try await daybook("publish", "-", input: lines + "\nbad")
        #expect(published.code == 4)
        #expect(published.errors.contains("line 51: "))
        let list = try await daybook("list", "--all", "--json")
        #expect(list.lines.count == 50, "\(list.errors)")
        let newest = try #require(list.lines.first)
        let id = try #require(try JSONMembers(newest.utf8)["id"]?.stringValue)
        #expect(try await daybook("update", id, "--status", "failed").code == 0)
        #expect(try await daybook("get", id, "--json").output.contains(#""status":"failed""#))
        #expect(try await daybook("history", id, "--json").lines.count == 2)
        #expect(try await daybook("replay").lines.count == 51)
        #expect(try await daybook("topics", "--json").output == #"{"topic":"demo.line","events":50}"# + "\n")
        #expect(try await daybook("get", String(repeating: "0", count: 32)).code == 3)

        let server = try await ServerProcess.start(["--port", "0", "--data", directory.path + "/data"])
        let after = try await server.daybook("list", "--all", "--json", "--status", "finished")
        #expect(after.lines.count == 49)
    }

    @Test("a log that cannot be opened is told")
    func unusable() async throws {
        let result = try await Program.run(Program.daybook, ["list", "--log", "sqlite:/dev/null/x"])
        #expect(result.code == 1)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(try await Program.run(Program.daybook, ["list", "--log", "nothing:x"]).code == 64)
    }
}
