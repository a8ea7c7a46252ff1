import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// `POST /api/enroll` and `GET /api/jobs`.
struct EnrollRouteTests {
    private func enroll(
        _ server: TestServer, _ members: String = "", sender: String = "w", source: String = "src.a",
        target: String = "job.x"
    ) async throws -> Answer {
        let more = members.isEmpty ? "" : ", \(members)"
        return try await server.send(
            .post, "/api/enroll", #"{"sourceTopic": "\#(source)", "targetTopic": "\#(target)"\#(more)}"#,
            headers: [.sender: sender])
    }

    private func report(
        _ server: TestServer, _ job: Answer, _ status: String, sender: String = "w"
    ) async throws -> Answer {
        try await report(server, try #require(job["id"]?.text), status, sender: sender)
    }

    private func report(
        _ server: TestServer, _ job: String, _ status: String, sender: String? = "w"
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let sender { headers[.sender] = sender }
        return try await server.send(.patch, "/api/events/\(job)", #"{"status": "\#(status)"}"#, headers: headers)
    }

    @Test func `a job is answered as AYON answers it`() async throws {
        try await TestServer.run { server in
            let source = try await server.publish(#"{"topic": "src.a"}"#)
            let answer = try await enroll(server)
            #expect(answer.status == 200)
            #expect(answer.json?.keys == ["id", "dependsOn", "hash", "status"])
            #expect(answer["dependsOn"]?.text == source && answer["status"]?.text == "pending")
            // SHA-256 of ["TARGET","SOURCE-ID"].
            #expect(answer["hash"]?.text?.count == 64)
            let id = try #require(answer["id"]?.text)
            let job = try await server.get("/api/events/\(id)")
            #expect(job["topic"]?.text == "job.x" && job["dependsOn"]?.text == source)
            #expect(job["description"]?.text == "Convert from src.a to job.x")
            #expect(job["sender"]?.text == "w" && job["retries"]?.number == "0")
            #expect(job["hash"]?.text == answer["hash"]?.text)
            #expect(answer.headers[.daybookPosition] != nil)
        }
    }

    @Test func `nothing to do is 204`() async throws {
        try await TestServer.run { server in
            #expect(try await enroll(server).status == 204)
            _ = try await server.publish(#"{"topic": "src.a", "finished": false}"#)
            _ = try await server.publish(#"{"topic": "src.b"}"#)
            #expect(try await enroll(server).status == 204)
        }
    }

    @Test func `an unfinished job is given back to its holder, and others get the next`() async throws {
        try await TestServer.run { server in
            let sources = [
                try await server.publish(#"{"topic": "src.a"}"#), try await server.publish(#"{"topic": "src.a"}"#),
            ]
            let first = try await enroll(server)
            #expect(try await enroll(server)["id"] == first["id"])
            let second = try await enroll(server, sender: "other")
            #expect(first["dependsOn"]?.text == sources[0] && second["dependsOn"]?.text == sources[1])
            #expect(try await report(server, first, "in_progress").status == 204)
            let again = try await enroll(server)
            #expect(again["id"] == first["id"] && again["status"]?.text == "in_progress")
            #expect(try await enroll(server, sender: "third").status == 204)
        }
    }

    @Test func `workers of one sender are told apart by their id`() async throws {
        try await TestServer.run { server in
            for _ in 0..<2 { _ = try await server.publish(#"{"topic": "src.a"}"#) }
            let first = try await enroll(server, #""workerId": "1""#)
            let second = try await enroll(server, #""workerId": "2""#)
            #expect(first["id"]?.text != nil && second["id"]?.text != nil && first["id"] != second["id"])
            #expect(try await enroll(server, #""workerId": "1""#)["id"] == first["id"])
            #expect(try await enroll(server, #""workerId": "3""#).status == 204)
        }
    }

    @Test(arguments: ["finished", "aborted"])
    func `a job that is over is never issued again, touch its source or not`(_ status: String) async throws {
        try await TestServer.run { server in
            let source = try await server.publish(#"{"topic": "src.a"}"#)
            let job = try await enroll(server)
            #expect(try await report(server, job, status).status == 204)
            #expect(try await enroll(server).status == 204)
            #expect(try await enroll(server, sender: "other").status == 204)
            #expect(
                try await server.send(.patch, "/api/events/\(source)", #"{"description": "touched"}"#).status == 204)
            #expect(try await enroll(server).status == 204)
            // Nor by a request that asks in another way, whose queue is made anew.
            #expect(try await enroll(server, #""ignoreOlderThan": 0"#).status == 204)
        }
    }

    @Test func `a failed job is done again, 1 + maxRetries times in all`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#)
            var ids: Set<String> = []
            for run in 0..<3 {
                let job = try await enroll(server, #""maxRetries": 2"#, sender: "w\(run)")
                let id = try #require(job["id"]?.text)
                ids.insert(id)
                let event = try await server.get("/api/events/\(id)")
                #expect(event["retries"]?.number == "\(run)" && event["status"]?.text == "pending")
                if run > 0 { #expect(event["description"]?.text == "Restarting failed event") }
                #expect(try await report(server, job, "failed", sender: "w\(run)").status == 204)
            }
            #expect(ids.count == 1)
            #expect(try await enroll(server, #""maxRetries": 2"#).status == 204)
            let queue = try await server.get("/api/jobs?target=job.x")["queues"]?.items.first
            #expect(queue?["exhausted"]?.number == "1" && queue?["failed"]?.number == "0")
            #expect(queue?["exhaustedSince"]?.text != nil)
            // Who allows more gets it.
            #expect(try await enroll(server, #""maxRetries": 3"#).status == 200)
        }
    }

    @Test func `restarting a job twice in a row hands it out twice`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#)
            let job = try await enroll(server)
            let id = try #require(job["id"]?.text)
            #expect(try await report(server, job, "finished").status == 204)
            for sender in ["x", "y"] {
                #expect(try await report(server, id, "restarted", sender: nil).status == 204)
                let again = try await enroll(server, sender: sender)
                #expect(again["id"]?.text == id)
                #expect(try await server.get("/api/events/\(id)")["retries"]?.number == "0")
                #expect(try await report(server, id, "finished", sender: sender).status == 204)
                #expect(try await enroll(server).status == 204)
            }
        }
    }

    @Test func `what a former holder reports is late`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#)
            let start = ContinuousClock.now
            let job = try await enroll(server, #""leaseSeconds": 1"#, sender: "slow")
            let early = try await enroll(server, #""leaseSeconds": 60"#, sender: "quick")
            if start.duration(to: .now) < .seconds(1) { #expect(early.status == 204) }
            let taken = try await enroll(server, #""leaseSeconds": 60, "waitSeconds": 30"#, sender: "quick")
            #expect(taken["id"] == job["id"])
            #expect(try await report(server, job, "finished", sender: "slow").status == 409)
            #expect(try await report(server, job, "finished", sender: "quick").status == 204)
            let id = try #require(job["id"]?.text)
            #expect(try await server.get("/api/events/\(id)")["retries"]?.number == "1")
        }
    }

    @Test func `a failed job rests before it is done again`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#)
            let job = try await enroll(server, #""retryDelaySeconds": 1"#)
            let start = ContinuousClock.now
            #expect(try await report(server, job, "failed").status == 204)
            let early = try await enroll(server, #""retryDelaySeconds": 1"#)
            if start.duration(to: .now) < .seconds(1) { #expect(early.status == 204) }
            let again = try await enroll(server, #""retryDelaySeconds": 1, "waitSeconds": 30"#)
            #expect(again["id"] == job["id"])
        }
    }

    @Test func `a request waits for its source`() async throws {
        try await TestServer.run { server in
            async let waiting = enroll(server, #""waitSeconds": 30"#)
            // It may or may not wait already: both are to work.
            let source = try await server.publish(#"{"topic": "src.a"}"#)
            #expect(try await waiting["dependsOn"]?.text == source)
            #expect(try await enroll(server, #""waitSeconds": 0.05"#, sender: "other").status == 204)
        }
    }

    @Test func `each of those who wait gets a source of its own`() async throws {
        try await TestServer.run { server in
            let found = try await withThrowingTaskGroup(of: String?.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        try await enroll(server, #""waitSeconds": 30"#, sender: "w\(worker)")["dependsOn"]?.text
                    }
                }
                var published: Set<String> = []
                for _ in 0..<8 { published.insert(try await server.publish(#"{"topic": "src.a"}"#)) }
                var found: Set<String> = []
                for try await source in group { found.insert(source ?? "") }
                #expect(found == published)
                return found
            }
            #expect(found.count == 8)
        }
    }

    @Test func `several jobs are claimed at once`() async throws {
        try await TestServer.run { server in
            var sources: [String] = []
            for _ in 0..<5 { sources.append(try await server.publish(#"{"topic": "src.a"}"#)) }
            let answer = try await enroll(server, #""count": 3"#)
            #expect(answer["jobs"]?.items.map { $0["dependsOn"]?.text } == sources[..<3].map { $0 })
            let more = try await enroll(server, #""count": 9"#)
            #expect(Set(more["jobs"]?.items.compactMap { $0["dependsOn"]?.text } ?? []) == Set(sources))
            #expect(try await enroll(server, #""count": 1"#, sender: "other").status == 204)
        }
    }

    @Test func `sequential: the oldest source keeps the others back`() async throws {
        try await TestServer.run { server in
            var sources: [String] = []
            for _ in 0..<3 { sources.append(try await server.publish(#"{"topic": "src.a"}"#)) }
            for source in sources {
                let job = try await enroll(server, #""sequential": true"#)
                #expect(job["dependsOn"]?.text == source)
                #expect(try await enroll(server, #""sequential": true"#, sender: "other").status == 204)
                #expect(try await enroll(server, #""sequential": true"#)["id"] == job["id"])
                // A job that failed keeps them back, too; anybody may do it again.
                #expect(try await report(server, job, "failed").status == 204)
                let again = try await enroll(server, #""sequential": true"#, sender: "other")
                #expect(again["id"] == job["id"])
                #expect(try await report(server, again, "finished", sender: "other").status == 204)
            }
            #expect(try await enroll(server, #""sequential": true"#).status == 204)
        }
    }

    @Test func `wildcards match, also in lists; the rest is literal`() async throws {
        try await TestServer.run { server in
            let one = try await server.publish(#"{"topic": "src.axb"}"#)
            #expect(try await enroll(server, source: "src.a_b").status == 204)
            let body = #"{"source_topic": ["nothing", "src.*"], "target_topic": "job.x"}"#
            let answer = try await server.send(.post, "/api/enroll", body)
            #expect(answer["dependsOn"]?.text == one)
            let id = try #require(answer["id"]?.text)
            #expect(try await server.get("/api/events/\(id)")["sender"]?.text == "ayon_server")
        }
    }

    @Test func `filters look at attributes, summary and payload`() async throws {
        try await TestServer.run { server in
            let filter = """
                "filter": {"conditions": [{"key": "summary/n", "operator": "gt", "value": 1},
                                          {"key": "payload/tags", "operator": "includes", "value": "b"}]}
                """
            // Before the queue is made, and after.
            for _ in 0..<2 {
                _ = try await server.publish(#"{"topic": "src.a", "summary": {"n": 1}, "payload": {"tags": ["b"]}}"#)
                _ = try await server.publish(#"{"topic": "src.a", "summary": {"n": 2}, "payload": {"tags": ["a"]}}"#)
                let source = try await server.publish(
                    #"{"topic": "src.a", "summary": {"n": 2}, "payload": {"tags": ["a", "b"]}}"#)
                let job = try await enroll(server, filter)
                #expect(job["dependsOn"]?.text == source)
                #expect(try await report(server, job, "finished").status == 204)
                #expect(try await enroll(server, filter).status == 204)
            }
            // A source that finishes later, and one whose payload comes later.
            let late = try await server.publish(
                #"{"topic": "src.a", "finished": false, "summary": {"n": 2}, "payload": {"tags": ["b"]}}"#)
            #expect(try await enroll(server, filter).status == 204)
            #expect(try await server.send(.patch, "/api/events/\(late)", #"{"status": "finished"}"#).status == 204)
            #expect(try await enroll(server, filter)["dependsOn"]?.text == late)
            let empty = try await server.publish(#"{"topic": "src.a", "summary": {"n": 2}}"#)
            #expect(try await enroll(server, filter, sender: "other").status == 204)
            let change = #"{"payload": {"tags": ["b"]}}"#
            #expect(try await server.send(.patch, "/api/events/\(empty)", change).status == 204)
            #expect(try await enroll(server, filter, sender: "other")["dependsOn"]?.text == empty)
        }
    }

    @Test func `sender types are left out, and with them sources that have none`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#, headers: [.senderType: "bot"])
            #expect(try await server.post(#"{"topic": "src.a"}"#, type: .ndjson).status == 200)
            let good = try await server.publish(#"{"topic": "src.a"}"#, headers: [.senderType: "user"])
            #expect(try await enroll(server, #""ignoreSenderTypes": ["bot"]"#)["dependsOn"]?.text == good)
            #expect(try await enroll(server, #""ignoreSenderTypes": ["bot"]"#, sender: "x").status == 204)
            #expect(try await enroll(server, #""ignoreSenderTypes": []"#, sender: "x").status == 200)
        }
    }

    @Test func `deleting a job lets its source become one again; deleting the source takes it away`() async throws {
        try await TestServer.run { server in
            let source = try await server.publish(#"{"topic": "src.a"}"#)
            let job = try await enroll(server)
            #expect(try await report(server, job, "finished").status == 204)
            let id = try #require(job["id"]?.text)
            #expect(try await server.send(.delete, "/api/events/\(id)").status == 204)
            let again = try await enroll(server)
            #expect(again["dependsOn"]?.text == source && again["id"] != job["id"] && again["hash"] == job["hash"])
            let gone = try await server.publish(#"{"topic": "src.a"}"#)
            #expect(try await server.send(.delete, "/api/events/\(gone)").status == 204)
            #expect(try await enroll(server, sender: "other").status == 204)
        }
    }

    @Test func `the work is told of by queue`() async throws {
        try await TestServer.run { server in
            for _ in 0..<4 { _ = try await server.publish(#"{"topic": "src.a"}"#) }
            let first = try await enroll(server, sender: "a")
            _ = try await enroll(server, sender: "b")
            #expect(try await report(server, first, "failed", sender: "a").status == 204)
            let answer = try await server.get("/api/jobs?target=job.x")
            let queue = try #require(answer["queues"]?.items.first)
            #expect(answer["queues"]?.items.count == 1)
            #expect(queue["sourceTopics"]?.items.map(\.text) == ["src.a"])
            let counts = ["queued", "running", "failed", "exhausted", "hidden"].map { queue[$0]?.number }
            #expect(counts == ["2", "1", "1", "0", "0"])
            #expect(queue["queuedSince"]?.text != nil && queue["exhaustedSince"] == .null)
            #expect(try await server.get("/api/jobs?target=job.y")["queues"]?.items.isEmpty == true)
            let other = try await server.get("/api/jobs?target=job.y&sourceTopic=src.*")
            #expect(other["queues"]?.items.first?["queued"]?.number == "4")
            #expect(try await server.get("/api/jobs?sourceTopic=src.*").status == 400)
            let bad = try await server.get("/api/jobs?target=a%20b&sourceTopic=src.*")
            #expect(bad.status == 400)
            #expect(bad["errors"]?.items.first?["loc"] == ["query", "target"])
        }
    }

    @Test(arguments: [
        (#""targetTopic": "job.*""#, "targetTopic", "cannot have a '*'"),
        (#""targetTopic": "job x""#, "targetTopic", "a topic is"),
        (#""targetTopic": 3"#, "targetTopic", "must be a string"),
        (#""sourceTopic": []"#, "sourceTopic", "at least one"),
        (#""sourceTopic": "a b""#, "sourceTopic", "no topic pattern"),
        (#""sourceTopic": ["a", 3]"#, "sourceTopic", "must be a string"),
        (#""sender": """#, "sender", "cannot be empty"),
        (#""workerId": """#, "workerId", "cannot be empty"),
        (#""workerId": "\#(String(repeating: "w", count: 513))""#, "workerId", "512 at most"),
        (#""maxRetries": -1"#, "maxRetries", "0 or more"),
        (#""ignoreOlderThan": -1"#, "ignoreOlderThan", "0 (no limit) or more"),
        (#""leaseSeconds": 0"#, "leaseSeconds", "at least 1"),
        (#""leaseSeconds": 1.5"#, "leaseSeconds", "whole number"),
        (#""retryDelaySeconds": -5"#, "retryDelaySeconds", "0 or more"),
        (#""count": 0"#, "count", "from 1 to"),
        (#""count": 2, "sequential": true"#, "count", "one job at a time"),
        (#""waitSeconds": -1"#, "waitSeconds", "0 or more"),
        (#""filter": {"conditions": [{"key": "colour", "value": 1}]}"#, "filter.conditions.0.key", "no attribute"),
        (
            #""filter": {"conditions": [{"key": "topic", "operator": "contains", "value": "x"}]}"#,
            "filter.conditions.0.operator", "no operator"
        ),
        (#""filter": {"conditions": [{"key": "topic", "value": null}]}"#, "filter.conditions.0.value", "needs a value"),
        (#""filter": 7"#, "filter", "must be an object"),
    ])
    func `bad requests are refused with the field, and nothing is stored`(
        _ member: String, _ field: String, _ reason: String
    ) async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#)
            var members = [#""sourceTopic": "src.a""#, #""targetTopic": "job.x""#]
            members.removeAll { member.hasPrefix($0.prefix(while: { $0 != ":" })) }
            let body = "{" + (members + [member]).joined(separator: ", ") + "}"
            let answer = try await server.send(.post, "/api/enroll", body)
            #expect(answer.status == 400)
            #expect(answer["errors"]?.items.first?["loc"]?.items.last?.text == field)
            #expect(answer.detail?.contains(reason) == true, "\(answer.detail ?? "")")
            #expect(try await server.get("/api/events")["events"]?.items.count == 1)
        }
    }

    @Test func `what is missing is named`() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(.post, "/api/enroll", #"{"description": "x"}"#)
            #expect(answer.status == 400)
            #expect(
                answer["errors"]?.items.compactMap { $0["loc"]?.items.last?.text } == ["sourceTopic", "targetTopic"])
        }
    }

    @Test func `at the limit of hashes there is 507`() async throws {
        try await TestServer.run(maximumHashes: 1) { server in
            for _ in 0..<2 { _ = try await server.publish(#"{"topic": "src.a"}"#) }
            #expect(try await enroll(server).status == 200)
            #expect(try await enroll(server, sender: "other").status == 507)
            // It is there still when there is room.
            #expect(try await server.get("/api/jobs?target=job.x")["queues"]?.items.first?["queued"]?.number == "1")
        }
    }
}
