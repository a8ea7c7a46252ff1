import Synchronization

/// Whether the server can do its work, asked at most once a second however many ask.
final class Readiness: Sendable {
    struct Check: Sendable, Equatable {
        var name: String
        /// What is wrong; nil when nothing is.
        var failure: String?
    }

    typealias Probe = @Sendable () async throws -> Void

    private let probes: [(name: String, probe: Probe)]
    private let timeout: Duration
    private let state = Mutex<(task: Task<[Check], Never>, made: ContinuousClock.Instant)?>(nil)

    /// - Parameters:
    ///   - probes: each throws when something is wrong; the error's text is shown.
    ///   - timeout: how long a probe may take.
    init(_ probes: [(name: String, probe: Probe)], timeout: Duration = .seconds(3)) {
        self.probes = probes
        self.timeout = timeout
    }

    func checks() async -> [Check] {
        let task = state.withLock { state in
            if let state, state.made.duration(to: .now) < .seconds(1) { return state.task }
            let task = Task { await run() }
            state = (task, .now)
            return task
        }
        return await task.value
    }

    private func run() async -> [Check] {
        await withTaskGroup(of: (Int, Check).self) { group in
            for (at, (name, probe)) in probes.enumerated() {
                group.addTask { [timeout] in
                    do {
                        guard try await withDeadline(timeout, probe) != nil else {
                            return (at, Check(name: name, failure: "no answer within \(timeout)"))
                        }
                        return (at, Check(name: name))
                    } catch {
                        return (at, Check(name: name, failure: "\(error)"))
                    }
                }
            }
            var checks = probes.map { Check(name: $0.name, failure: "not run") }
            for await (at, check) in group { checks[at] = check }
            return checks
        }
    }
}
