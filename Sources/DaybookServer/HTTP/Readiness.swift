import Synchronization

/// Whether the server can do its work. What costs something to find out is asked at most once a second, however many
/// ask.
final class Readiness: Sendable {
    struct Check: Sendable, Equatable {
        var name: String
        /// What is wrong; nil when nothing is.
        var failure: String?
    }

    /// Asks; throws when something is wrong.
    typealias Probe = @Sendable () async throws -> Void
    /// Looks at what is known, each time anew, so that a server is ready the moment it is: throws when something is
    /// wrong, and gives what is to be asked besides, if anything.
    typealias Look = @Sendable () throws -> Probe?

    private let looks: [(name: String, look: Look)]
    private let timeout: Duration
    /// The last asking of each.
    private let asked = Mutex<[String: (task: Task<String?, Never>, at: ContinuousClock.Instant)]>([:])

    /// - Parameters:
    ///   - looks: the texts of the errors they throw, and their probes, are shown.
    ///   - timeout: how long a probe may take.
    init(_ looks: [(name: String, look: Look)], timeout: Duration = .seconds(3)) {
        self.looks = looks
        self.timeout = timeout
    }

    func checks() async -> [Check] {
        // All are started before the first is waited for.
        let outcomes = looks.map { name, look in
            Result { try look() }.map { probe in probe.map { ask(name, $0) } }
        }
        var checks: [Check] = []
        for ((name, _), outcome) in zip(looks, outcomes) {
            switch outcome {
            case .success(let task): checks.append(Check(name: name, failure: await task?.value))
            case .failure(let error): checks.append(Check(name: name, failure: "\(error)"))
            }
        }
        return checks
    }

    private func ask(_ name: String, _ probe: @escaping Probe) -> Task<String?, Never> {
        asked.withLock { asked in
            if let last = asked[name], last.at.duration(to: .now) < .seconds(1) { return last.task }
            let task = Task { [timeout] in
                do {
                    return try await withDeadline(timeout, probe) == nil ? "no answer within \(timeout)" : nil
                } catch {
                    return "\(error)"
                }
            }
            asked[name] = (task, .now)
            return task
        }
    }
}
