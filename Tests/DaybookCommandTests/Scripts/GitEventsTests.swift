import Daybook
import LosslessJSON
import Testing

@testable import DaybookCommand

@Suite struct GitEventsTests {
    @Test("a history becomes one valid event a commit, the oldest first")
    func history() async throws {
        let repository = try await Repository()
        try await repository.commit("first", files: ["a.txt": "1\n2\n", "dir/old.txt": "x\ny\nz\n"])
        try await repository.git("mv", "dir/old.txt", "dir/new.txt")
        try await repository.commit("rename", files: ["b\u{0}.bin": ""], binary: ["image": "a\u{0}b"])
        let events = try await repository.events()
        #expect(events.map(\.description) == ["first", "rename"])
        let first = try #require(events.first)
        #expect(first.topic == "git.commit.created")
        #expect(first.user == "ada@example.org")
        #expect(first.project == "project")
        #expect(first.createdAt == Timestamp("2020-02-03T04:05:06+02:00"))
        #expect(first.summary["files"] == .number("2"))
        #expect(first.summary["insertions"] == .number("5"))
        #expect(first.summary["parents"] == .number("0"))
        #expect(first.summary["author"] == .string("Ada"))
        let files = try #require(events.last?.payload["files"])
        #expect(
            files
                == (try JSONValue(
                    Array(
                        #"[{"path":"dir/new.txt","insertions":0,"deletions":0,"from":"dir/old.txt"},"#.utf8)
                        + Array(#"{"path":"image","insertions":null,"deletions":null}]"#.utf8))))
    }

    @Test("an event has its commit's hash")
    func hashes() async throws {
        let repository = try await Repository()
        try await repository.commit("one", files: ["a": "1"])
        let head = try await repository.git("rev-parse", "HEAD").trimmed
        #expect(try await repository.events().map(\.hash) == [head])
    }

    @Test("merges, empty commits and odd texts are events like all others")
    func odd() async throws {
        let repository = try await Repository()
        try await repository.commit("base", files: ["a": "1\n"])
        try await repository.git("checkout", "-q", "-b", "side")
        try await repository.commit("tab\there", files: ["tab\tand\nnewline": "1\n"])
        try await repository.git("checkout", "-q", "main")
        try await repository.commit("", files: [:])
        try await repository.git("merge", "-q", "--no-edit", "side")
        let events = try await repository.events()
        #expect(events.count == 4)
        #expect(events.map(\.description).contains("tab here"))
        #expect(events.map(\.description).contains(""))
        let merge = try #require(events.last)
        #expect(merge.summary["parents"] == .number("2"))
        #expect(merge.summary["files"] == .number("0"))
        let long = String(repeating: "ä", count: 5000)
        try await repository.commit(long, files: ["l": "1"])
        let cut = try #require(try await repository.events().last)
        #expect(cut.description == String(repeating: "ä", count: 2048))
    }

    @Test("all refs on demand, also of a bare repository; one without commits has no events")
    func refs() async throws {
        let repository = try await Repository()
        #expect(try await repository.events().isEmpty)
        try await repository.commit("base", files: ["a": "1\n"])
        try await repository.git("checkout", "-q", "-b", "side")
        try await repository.commit("beside", files: ["b": "1\n"])
        try await repository.git("checkout", "-q", "main")
        #expect(try await repository.events().count == 1)
        #expect(try await repository.events("--all").count == 2)
        let bare = repository.path + "-copies/copy.git"
        try await repository.git("clone", "-q", "--bare", repository.path, bare)
        let result = try await Program.run(Repository.script, [bare])
        #expect(result.lines.count == 1)
        #expect(result.output.contains(#""project":"copy""#))
    }

    @Test("what is no repository is told")
    func noRepository() async throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let result = try await Program.run(Repository.script, [directory.path])
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("not a git repository"))
        #expect(!result.errors.contains("Traceback"))
    }
}

/// An event as the script wrote it, after Daybook has read it.
private struct GitEvent {
    var hash: String?
    var topic: String
    var description: String
    var project: String?
    var user: String?
    var createdAt: Timestamp?
    var summary: JSONValue
    var payload: JSONValue

    init(line: String) throws {
        let event = try EventInput(JSONMembers(line.utf8)).event
        try event.validate()
        hash = event.hash
        topic = event.topic
        description = event.description
        project = event.project
        user = event.user
        createdAt = event.createdAt
        summary = try JSONValue(event.summary)
        payload = try JSONValue(event.payload?.bytes ?? [])
    }
}

/// A repository made for a test.
private struct Repository {
    static let script = ProjectFiles.path("scripts/git-events")
    private static let identity = [
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Bob",
        "GIT_COMMITTER_EMAIL": "bob@example.org", "GIT_AUTHOR_DATE": "2020-02-03T04:05:06+0200",
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]

    private let directory: TemporaryDirectory
    let path: String

    init() async throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/project"
        _ = try await Program.run("/usr/bin/env", ["git", "init", "-q", "-b", "main", path])
    }

    @discardableResult
    func git(_ arguments: String...) async throws -> String {
        let result = try await Program.run(
            "/usr/bin/env", ["git"] + arguments, environment: Self.identity, directory: path)
        guard result.code == 0 else { throw CommandFailure(.failure, "git \(arguments): \(result.errors)") }
        return result.output
    }

    func commit(_ message: String, files: [String: String], binary: [String: String] = [:]) async throws {
        for (name, text) in files.merging(binary, uniquingKeysWith: { $1 }) where !name.contains("\u{0}") {
            if let slash = name.lastIndex(of: "/") {
                _ = try await Program.run("/bin/mkdir", ["-p", path + "/" + name[..<slash]])
            }
            let file = try OutputFile(path: path + "/" + name)
            try file.write(Array(text.utf8))
            try file.flush()
        }
        try await git("add", "-A")
        try await git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message)
    }

    func events(_ options: String...) async throws -> [GitEvent] {
        let result = try await Program.run(Self.script, options + [path])
        guard result.code == 0 else { throw CommandFailure(.failure, result.errors) }
        return try result.lines.map { try GitEvent(line: $0) }
    }
}

extension String {
    fileprivate var trimmed: String { String(self[..<(firstIndex(of: "\n") ?? endIndex)]) }
}
