import Daybook
import Foundation
import GRDB
import Glibc
import Testing

@testable import DaybookSQLite

/// Whose a directory is, and what may lie in it.
@Suite struct DirectoryTests {
    @Test func onlyOneAtATimeHasTheLogOpen() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let first = try await SQLiteLog.open(directory: directory.path)
        do {
            _ = try await SQLiteLog.open(directory: directory.path)
            Issue.record("the log was opened twice")
        } catch LogError.inUse(let what) {
            #expect(what.contains(directory.path))
            #expect(what.contains("\(ProcessInfo.processInfo.processIdentifier)"))
        }
        try await first.close()
        try await SQLiteLog.open(directory: directory.path).close()
    }

    @Test func anotherProcessIsNamed() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        // flock(1) holds the lock as long as its standard input is open.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let lock = "\(directory.path)/daybook.lock"
        process.arguments = ["sh", "-c", "exec 9>\"$0\"; flock 9; echo $$ >&9; echo ready; read line", lock]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(output.fileHandleForReading.availableData == Data("ready\n".utf8))
        await #expect(
            throws: LogError.inUse(
                "the log in \(directory.path) is in use by process \(process.processIdentifier); only one process at a time "
                    + "can have it open, so stop that one, or give this one another directory")
        ) { try await SQLiteLog.open(directory: directory.path) }
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        try await SQLiteLog.open(directory: directory.path).close()
    }

    @Test func directoriesAreMadeOnTheWay() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try await SQLiteLog.open(directory: directory.path + "/a/b").close()
        #expect(FileManager.default.fileExists(atPath: directory.path + "/a/b/daybook.sqlite"))
    }

    @Test func aFileIsNoDirectory() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory.path))
        await expectRefusal(containing: "no directory") { try await SQLiteLog.open(directory: directory.path) }
        await expectRefusal(containing: "cannot make") { try await SQLiteLog.open(directory: directory.path + "/a") }
    }

    @Test func anotherProgramsFileIsLeftAlone() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let file = URL(fileURLWithPath: directory.path + "/daybook.sqlite")
        try Data("not a database, but long enough to be taken for one: \(String(repeating: "x", count: 4096))".utf8)
            .write(to: file)
        await expectRefusal(containing: "no SQLite database") { try await SQLiteLog.open(directory: directory.path) }
        try FileManager.default.removeItem(at: file)
        let other = try DatabaseQueue(path: file.path)
        try await other.write { try $0.execute(sql: "CREATE TABLE note (text TEXT)") }
        try other.close()
        let before = try Data(contentsOf: file)
        await expectRefusal(containing: "another program") { try await SQLiteLog.open(directory: directory.path) }
        #expect(try Data(contentsOf: file) == before)
    }

    @Test func aNewerFormatIsRefused() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try await SQLiteLog.open(directory: directory.path).close()
        let file = try DatabaseQueue(path: directory.path + "/daybook.sqlite")
        try await file.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999 from the future')") }
        try file.close()
        await expectRefusal(containing: "newer Daybook") { try await SQLiteLog.open(directory: directory.path) }
    }

    /// Root may write everything, so this says something only where the tests run as somebody else.
    @Test(.enabled(if: geteuid() != 0, "root may write to what is read-only"))
    func whatMayNotBeWrittenIsRefused() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try await SQLiteLog.open(directory: directory.path).close()
        let manager = FileManager.default
        for path in ["daybook.sqlite", "daybook.lock"].map({ "\(directory.path)/\($0)" }) {
            try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            await expectRefusal(containing: "let the process's user") {
                try await SQLiteLog.open(directory: directory.path)
            }
            try manager.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        }
        try await SQLiteLog.open(directory: directory.path).close()
    }

    private func expectRefusal(
        containing text: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> SQLiteLog
    ) async {
        do {
            try await body().close()
            Issue.record("it was opened", sourceLocation: sourceLocation)
        } catch LogError.refused(let what) {
            #expect(what.contains(text), sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }
}
