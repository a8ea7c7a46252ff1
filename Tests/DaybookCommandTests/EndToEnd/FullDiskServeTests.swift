import Foundation
import Glibc
import LosslessJSON
import Testing

@testable import DaybookCommand

/// The server on a disk that is full, a small file system of its own.
@Suite struct FullDiskServeTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Runs what follows with a small disk in a directory that nobody else sees.
    private static func launcher(_ directory: String) -> [String] {
        ["/usr/bin/unshare", "--mount"] + (geteuid() == 0 ? [] : ["--user", "--map-root-user"])
            + ["/bin/sh", "-c", #"mount -t tmpfs -o size=8m daybook-test "$0" && exec "$@""#, directory]
    }

    private static let mayMount: @Sendable () async throws -> Bool = {
        let directory = try TemporaryDirectory()
        let command = launcher(directory.path) + ["/bin/true"]
        return try await Program.run(command[0], Array(command.dropFirst())).code == 0
    }

    @Test(
        "a full disk refuses writes, stores nothing of them, and is forgotten when there is space",
        .enabled("a file system can be mounted here", mayMount))
    func fullDisk() async throws {
        let path = directory.path
        let server = try await ServerProcess.start(
            ["--port", "0", "--data", path + "/data", "--snapshot-interval", "1s"], by: Self.launcher(path))
        let filler = server.seen(path) + "/filler"
        let filling = String(repeating: "x", count: 100_000)
        let text = #"{"topic": "demo.large", "payload": {"filling": "\#(filling)"}}"#
        let event = try directory.file("event.json", text)
        func post(_ body: String? = nil) async throws -> (code: String, answer: JSONMembers) {
            let curl = try await Program.run(
                "/usr/bin/curl",
                ["-s", "-w", "\n%{http_code}", server.url + "/api/events", "--json", body ?? "@\(event)"])
            return (try #require(curl.lines.last), try JSONMembers(try #require(curl.lines.first).utf8))
        }
        func status(_ route: String) async throws -> String {
            try await Program.run("/usr/bin/curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", server.url + route])
                .output
        }
        var stored: Set<String> = []
        stored.insert(try #require(try await post().answer["id"]?.stringValue))

        for _ in 0..<2 {
            _ = try await Program.run("/bin/sh", ["-c", #"cat /dev/zero > "$0""#, filler])
            var refused: JSONMembers?
            // Large events use up what the write-ahead log has already taken of the disk, small ones the rest of it.
            for body in [nil, #"{"topic": "demo.large"}"#] {
                refused = nil
                while refused == nil, stored.count < 1000 {
                    let (code, answer) = try await post(body)
                    if code == "200", let id = answer["id"]?.stringValue {
                        stored.insert(id)
                    } else {
                        #expect(code == "503")
                        refused = answer
                    }
                }
            }
            let answer = try #require(refused)
            #expect(answer["stored"]?.stringValue == "no", "\(answer)")
            let detail = answer["detail"]?.stringValue ?? ""
            #expect(detail.hasPrefix("no space left: "))
            #expect(detail.hasSuffix("; free some space on the disk that holds the log's directory"), "\(detail)")
            let command = try await server.daybook(
                "publish", "-", "--retry-for", "100ms", input: text)
            #expect(command.code != 0 && command.errors.contains("no space left"), "\(command)")
            #expect(try await status("/livez") == "200")
            // Asking whether the log can be written to writes a little, and is done once a second at most.
            var ready = try await status("/readyz")
            for _ in 0..<100 where ready != "503" {
                try await Task.sleep(for: .milliseconds(200))
                ready = try await status("/readyz")
            }
            #expect(ready == "503", "it says that it cannot be written to")
            #expect(try await server.daybook("list", "--all", "--json").lines.count == stored.count)

            try FileManager.default.removeItem(atPath: filler)
            let (code, again) = try await post()
            #expect(code == "200", "\(again)")
            stored.insert(try #require(again["id"]?.stringValue))
        }
        let listed = try await server.daybook("list", "--all", "--json").lines.compactMap {
            try JSONMembers($0.utf8)["id"]?.stringValue
        }
        #expect(Set(listed) == stored && listed.count == stored.count)
        #expect(await server.stop() == 0)
    }
}
