import Logging
import Synchronization

/// Follows a registration in the catalog: works while it runs, with the streams that there are, and anew whenever either
/// changes; until it is deleted.
struct RegistrationFollower: Sendable {
    let name: String
    let registrations: Registrations
    let logger: Logger

    /// What there is to work for.
    private struct Plan: Equatable {
        var registration: Registration?
        var streams: [String] = []
    }

    /// - Parameter work: ends soon after its task is cancelled. It is never done twice at once.
    /// - Throws: ``RegistrationError/unknown(_:)``; `CancellationError`.
    func run(_ work: @escaping @Sendable (Registration, [String]) async -> Void) async throws {
        let id = try registrations.get(name).id
        var current: (plan: Plan, task: Task<Void, Never>)?
        for await plan in plans() where plan != current?.plan {
            if let running = current {
                running.task.cancel()
                await running.task.value
            }
            current = nil
            guard let registration = plan.registration, registration.id == id else { break }
            // Whose owner is gone keeps its positions until there is a key of that name again.
            guard registration.standing != .gone else { continue }
            // Signals are there without any history.
            guard !registration.isPaused, !plan.streams.isEmpty || registration.signals else { continue }
            current = (plan, Task { await work(registration, plan.streams) })
        }
        if let running = current {
            running.task.cancel()
            await running.task.value
        }
        try Task.checkCancellation()
        logger.info("the registration was deleted; its work ends")
    }

    private func plans() -> AsyncStream<Plan> {
        let (stream, continuation) = AsyncStream.makeStream(of: Plan.self, bufferingPolicy: .bufferingNewest(1))
        let latest = Latest(continuation)
        latest.change { plan in
            plan.registration = registrations.find(name)
            plan.streams = registrations.catalog.historyStreams.map(\.name)
        }
        let changes = Task { [registrations, name] in
            for await all in registrations.observe() {
                latest.change { $0.registration = all.first { $0.name == name } }
            }
        }
        let additions = Task { [registrations] in
            for await streams in registrations.catalog.observe() {
                latest.change { $0.streams = streams.map(\.name) }
            }
        }
        continuation.onTermination = { _ in
            changes.cancel()
            additions.cancel()
        }
        return stream
    }

    private final class Latest: Sendable {
        private let plan = Mutex(Plan())
        private let continuation: AsyncStream<Plan>.Continuation

        init(_ continuation: AsyncStream<Plan>.Continuation) {
            self.continuation = continuation
        }

        func change(_ body: (inout Plan) -> Void) {
            plan.withLock { plan in
                body(&plan)
                continuation.yield(plan)
            }
        }
    }
}
