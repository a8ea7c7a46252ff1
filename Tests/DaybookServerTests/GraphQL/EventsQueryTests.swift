import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// The arguments of GraphQL's `events`.
struct EventsQueryTests {
    /// Events t.n0 to t.n9, a second apart, and a log line.
    private func fill(_ server: TestServer) async throws -> [String] {
        var lines = (0..<10).map { number in
            """
            {"topic": "t.n\(number)", "project": "p\(number % 3)", "user": "u\(number % 2)", "sender": "s\(number)", \
            "senderType": "\(number < 5 ? "tool" : "api")", "status": "\(number == 9 ? "failed" : "finished")", \
            "description": "Frame \(number) ÄRGER", "createdAt": "2026-01-01T00:00:0\(number)Z", "progress": \(number * 10), \
            "summary": {"n": \(number), "deep": {"even": \(number % 2 == 0)}}, "hash": "h\(number)"}
            """
        }
        lines.append(#"{"topic": "log.info", "createdAt": "2026-01-01T00:00:30Z"}"#)
        let answer = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
        return try #require(answer["results"]).items.compactMap { $0["id"]?.text }
    }

    private func names(_ numbers: [Int]) -> [String] { numbers.map { "t.n\($0)" } }

    @Test func `every argument finds what it says`() async throws {
        try await TestServer.run { server in
            let ids = try await fill(server)
            _ = try await server.publish(
                #"{"topic": "t.child", "dependsOn": "\#(ids[4])", "finished": false, "description": "x"}"#)
            let dashed = ids[2].prefix(8) + "-" + ids[2].dropFirst(8).prefix(4) + "-" + ids[2].dropFirst(12).prefix(4)
            let rest = "-" + ids[2].dropFirst(16).prefix(4) + "-" + ids[2].dropFirst(20)
            let cases: [(String, [String])] = [
                (#"topics: ["t.n*"]"#, names(Array(0..<10))), (#"topics: ["t.n1", "t.n7"]"#, names([1, 7])),
                (#"topics: "t_n*""#, []), (#"topics: ["*"], last: 1"#, ["t.child"]), ("topics: []", []),
                (#"ids: ["\#(ids[0])", "\#(dashed + rest)"]"#, names([0, 2])), ("ids: []", []),
                (#"projects: ["p0"]"#, names([0, 3, 6, 9])), ("projects: []", []), (#"projects: ["none"]"#, []),
                (#"users: ["u1"]"#, names([1, 3, 5, 7, 9])), ("users: []", []),
                (#"statuses: ["failed", "pending"]"#, names([9]) + ["t.child"]),
                (#"statuses: ["unknown"]"#, []), (#"states: ["failed"]"#, names([9])),
                ("statuses: [], last: 1", ["t.child"]),
                ("hasChildren: true", names([4])), ("hasChildren: false, first: 5", names([0, 1, 2, 3, 5])),
                (#"newerThan: "2026-01-01T00:00:07Z", olderThan: "2026-01-01T00:00:09+00:00""#, names([8])),
                (#"olderThan: "2026-01-01T00:00:02""#, names([0, 1])), (#"newerThan: "2026-01-02""#, ["t.child"]),
                (#"filter: "FRAME ärger T.N3""#, names([3])), (#"filter: "x y", last: 1"#, ["t.child"]),
                (#"hashes: ["h5"]"#, names([5])), (#"senders: ["s1", "s2"]"#, names([1, 2])),
                (#"senderTypes: ["tool"]"#, names([0, 1, 2, 3, 4])), (#"dependsOn: ["\#(ids[4])"]"#, ["t.child"]),
                ("progressFrom: 70, progressTo: 80", names([7, 8])),
                (#"summary: [{path: "n", operator: "gt", value: 7}]"#, names([8, 9])),
                (
                    #"summary: [{path: "deep/even", value: true}, {path: "n", operator: "in", value: [1, 2, 3, 4]}]"#,
                    names([2, 4])
                ),
                (#"summary: [{path: "n", operator: "isnull"}]"#, ["t.child"]),
                ("includeLogs: true, last: 2", ["t.child", "log.info"]), (#"topics: ["log.*"]"#, ["log.info"]),
                (#"projects: ["p1"], users: ["u0"], statuses: ["finished"]"#, names([4])),
                ("topics: null, ids: null, first: 1", names([0])),
            ]
            for (arguments, topics) in cases {
                #expect(try await server.found(arguments) == topics, "\(arguments)")
            }
            #expect(try await server.found("") == names(Array(0..<10)) + ["t.child"], "logs are left out")
        }
    }

    @Test func `a tick of progress counts`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "job.a", "finished": false}"#)
            _ = try await server.send(.patch, "/api/events/\(id)", #"{"progress": 40}"#)
            #expect(try await server.found("progressFrom: 30, progressTo: 50") == ["job.a"])
            let answer = try await server.query(#"{ event(id: "\#(id)") { progress } }"#)
            #expect(answer.body == #"{"data":{"event":{"progress":40}}}"#)
        }
    }

    @Test func `variables are given as AYON's client does`() async throws {
        try await TestServer.run { server in
            _ = try await fill(server)
            let answer = try await server.query(
                """
                query Events($eventTopics: [String!],$includeLogsFilter: Boolean!,$newerThanFilter: String!) {
                events(topics: $eventTopics, includeLogs: $includeLogsFilter, newerThan: $newerThanFilter, last: 300) {
                  edges { node { topic } } pageInfo { endCursor hasPreviousPage } } }
                """,
                #"{"eventTopics": ["t.*"], "includeLogsFilter": false, "newerThanFilter": "2026-01-01T00:00:07Z"}"#)
            #expect(answer.headers[.contentType] == "application/json")
            let events = answer["data"]?["events"]
            #expect(events?["edges"]?.items.compactMap { $0["node"]?["topic"]?.text } == names([9, 8]))
            #expect(events?["pageInfo"]?["hasPreviousPage"] == .bool(false))
            #expect(events?["pageInfo"]?["endCursor"]?.text?.isEmpty == false)
        }
    }

    @Test(arguments: [
        (#"topics: ["a b"]"#, "topics: 'a b' is no topic pattern"), (#"ids: ["1"]"#, "ids: '1' is no event id"),
        (#"dependsOn: ["x"]"#, "dependsOn: 'x' is no event id"),
        (#"newerThan: "yesterday""#, "newerThan: 'yesterday' is no ISO 8601 time"),
        (#"olderThan: """#, "olderThan: '' is no ISO 8601 time"),
        (#"after: "abc""#, "after: 'abc' is no cursor"), (#"before: "WzFd""#, "before: 'WzFd' is no cursor"),
        ("first: -1", "first: must be 0 to 10000, not -1"), ("last: 10001", "last: must be 0 to 10000, not 10001"),
        (#"summary: [{path: "a b", value: 1}]"#, "'summary/a b' is no path"),
        (#"summary: [{path: "n"}]"#, "'eq' needs a value"),
        (#"summary: [{path: "n", operator: "contains", value: 1}]"#, #""contains" is no operator"#),
    ])
    func `a bad argument is named`(arguments: String, message: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.query("{ events(\(arguments)) { edges { cursor } } }")
            #expect(answer.status == 200 && answer["data"] == .null)
            let error = answer["errors"]?.items.first
            #expect(error?["message"]?.text?.contains(message) == true, "\(answer)")
            #expect(error?["path"] == .array([.string("events")]))
            #expect(error?["locations"]?.items.first?["column"]?.number == "3")
            #expect(error?["extensions"]?["status"]?.number == "400")
        }
    }

    @Test func `more words than a text may have are refused`() async throws {
        try await TestServer.run { server in
            let words = (100..<133).map(String.init).joined(separator: " ")
            let refusal = try await server.refusal(#"{ events(filter: "\#(words)") { edges { cursor } } }"#)
            #expect(refusal == "text: a text may have 32 different words at most")
        }
    }
}
