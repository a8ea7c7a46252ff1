import Daybook
import HTTPTypes
import LosslessJSON
import Synchronization
import Testing

@testable import DaybookServer

/// Many workers drain a queue over HTTP: some jobs fail, some workers fall silent and report late.
@Suite(.timeLimit(.minutes(2))) struct DrainTests {
    /// What the workers did, as they saw it.
    private final class Tally: Sendable {
        struct State {
            var holders: [String: String] = [:]
            /// How often each job was handed out.
            var grants: [String: Int] = [:]
            var finished: Set<String> = []
            var late: [Int] = []
            var isPausing = false
            var violations: [String] = []
        }

        let state = Mutex(State())

        /// - Returns: the number of this run of the job.
        func got(_ job: String, by worker: String) -> Int {
            state.withLock { state in
                if let other = state.holders[job] {
                    state.violations.append("\(job) is held by \(other) and by \(worker)")
                }
                if state.finished.contains(job) { state.violations.append("\(job) was finished") }
                state.holders[job] = worker
                state.grants[job, default: 0] += 1
                return state.grants[job] ?? 0
            }
        }

        /// A job whose lease may end at once: that somebody has it beside is checked only where that cannot be.
        ///
        /// The answer may come after the lease's end, when the job is somebody else's already.
        func gotBriefly(_ job: String, by worker: String, leaseMayHaveEnded: Bool) {
            state.withLock { state in
                if !leaseMayHaveEnded, let other = state.holders[job] {
                    state.violations.append("\(job) is held by \(other) and was given to \(worker)")
                }
                state.grants[job, default: 0] += 1
            }
        }

        /// Before the report is sent: what follows it may come first.
        func leaves(_ job: String, finished: Bool = false) {
            state.withLock { state in
                state.holders[job] = nil
                if finished { state.finished.insert(job) }
            }
        }

        var finished: Int { state.withLock(\.finished.count) }

        /// Whether a worker shall fall silent with its next job: one at a time, and not many.
        func takesPause(_ maximum: Int) -> Bool {
            state.withLock { state in
                guard !state.isPausing, state.late.count < maximum else { return false }
                state.isPausing = true
                return true
            }
        }

        /// - Parameter late: how its late report was answered; nil when it got no job to fall silent with.
        func endsPause(late: Int?) {
            state.withLock { state in
                state.isPausing = false
                if let late { state.late.append(late) }
            }
        }
    }

    private static func report(_ server: TestServer, _ job: String, _ status: String, by worker: String) async throws
        -> Int
    {
        try await server.send(
            .patch, "/api/events/\(job)", #"{"status": "\#(status)"}"#, headers: [.sender: worker]
        ).status
    }

    private static func work(_ server: TestServer, _ tally: Tally, _ worker: String, jobs: Int, pauses: Int)
        async throws
    {
        while tally.finished < jobs {
            let pausing = tally.takesPause(pauses)
            let lease = pausing ? Duration.seconds(1) : .seconds(600)
            let body = """
                {"sourceTopic": "src.*", "targetTopic": "job.x", "maxRetries": 9, "waitSeconds": 0.2,
                 "leaseSeconds": \(lease.components.seconds)}
                """
            let start = ContinuousClock.now
            let answer = try await server.send(.post, "/api/enroll", body, headers: [.sender: worker])
            guard answer.status == 200, let job = answer["id"]?.text, let hash = answer["hash"]?.text else {
                #expect(answer.status == 204, "\(answer)")
                if pausing { tally.endsPause(late: nil) }
                continue
            }
            if pausing {
                tally.gotBriefly(job, by: worker, leaseMayHaveEnded: start.duration(to: .now) >= lease)
                // Until the job is another worker's.
                while try await server.get("/api/events/\(job)")["sender"]?.text == worker {
                    try await Task.sleep(for: .milliseconds(5))
                }
                tally.endsPause(late: try await report(server, job, "finished", by: worker))
                continue
            }
            let run = tally.got(job, by: worker)
            if hash.hasPrefix("0") || hash.hasPrefix("8"), run <= 2 {
                tally.leaves(job)
                #expect(try await report(server, job, "failed", by: worker) == 204)
            } else {
                tally.leaves(job, finished: true)
                #expect(try await report(server, job, "finished", by: worker) == 204)
            }
        }
    }

    @Test(arguments: [4, 32])
    func `each job is finished once, and nobody has it beside another`(_ workers: Int) async throws {
        let count = 200
        try await TestServer.run { server in
            let lines = (0..<count).map { #"{"topic": "src.t\#($0 % 3)"}"# }
            #expect(try await server.post(lines.joined(separator: "\n"), type: .ndjson).status == 200)
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<workers {
                    group.addTask { try await Self.work(server, tally, "w\(worker)", jobs: count, pauses: 3) }
                }
                try await group.waitForAll()
            }
            let state = tally.state.withLock { $0 }
            #expect(state.violations == [])
            #expect(state.finished.count == count && state.grants.count == count)
            #expect(!state.late.isEmpty && state.late.allSatisfy { $0 == 409 })
            #expect(state.grants.values.contains { $0 > 2 })
            var sources: Set<String> = []
            for job in state.finished {
                sources.insert(try await server.get("/api/events/\(job)")["dependsOn"]?.text ?? "")
                let history = try await server.get("/api/events/\(job)/history")["history"]?.items ?? []
                #expect(history.count { $0["status"]?.text == "finished" } == 1)
            }
            #expect(sources.count == count)
            let queue = try await server.get("/api/jobs?target=job.x")["queues"]?.items.first
            for name in ["queued", "running", "failed", "exhausted"] { #expect(queue?[name]?.number == "0") }
        }
    }

    @Test func `sequential work is never out of order`() async throws {
        let count = 40
        try await TestServer.run { server in
            let lines = (0..<count).map { #"{"topic": "src.a", "orderingKey": "k", "description": "\#($0)"}"# }
            let published = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
            let sources = published["results"]?.items.compactMap { $0["id"]?.text } ?? []
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        while tally.finished < count {
                            let body = """
                                {"sourceTopic": "src.a", "targetTopic": "job.x", "sequential": true, "waitSeconds": 0.2}
                                """
                            let answer = try await server.send(
                                .post, "/api/enroll", body, headers: [.sender: "w\(worker)"])
                            guard let job = answer["id"]?.text, let hash = answer["hash"]?.text else { continue }
                            let run = tally.got(job, by: "w\(worker)")
                            let fails = hash.hasPrefix("0") && run <= 2
                            tally.leaves(job, finished: !fails)
                            let status = fails ? "failed" : "finished"
                            #expect(try await Self.report(server, job, status, by: "w\(worker)") == 204)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(tally.state.withLock { $0.violations } == [])
            // In the log, too, each job begins when the one before is finished.
            var last = ""
            for source in sources {
                let jobs = try await server.get("/api/events?dependsOn=\(source)&topic=job.x")["events"]?.items ?? []
                #expect(jobs.count == 1)
                let id = try #require(jobs.first?["id"]?.text)
                let history = try await server.get("/api/events/\(id)/history")["history"]?.items ?? []
                #expect(try #require(history.first?["time"]?.text) >= last)
                last = try #require(history.last { $0["status"]?.text == "finished" }?["time"]?.text)
            }
        }
    }
}
