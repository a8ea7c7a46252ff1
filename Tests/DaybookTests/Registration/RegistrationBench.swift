import DaybookTesting
import Logging
import Synchronization

@testable import Daybook

/// A log with registrations on it, and members that tests start and stop.
struct RegistrationBench: Sendable {
    let log: any EventLog
    let catalog: StreamCatalog
    let registrations: Registrations
    let publisher: Publisher

    /// Runs the body while the catalog and what was put aside are followed.
    ///
    /// - Parameter tellsNews: whether dead letters and stalls are published.
    static func run(
        _ log: any EventLog = MemoryLog(store: MemoryStore { .now }), tellsNews: Bool = false,
        _ body: @escaping @Sendable (RegistrationBench) async throws -> Void
    ) async throws {
        var layout = StreamLayout()
        layout.partitions = 3
        let catalog = try await StreamCatalog.open(log: log, layout: layout, logger: .silent)
        let publisher = Publisher(catalog: catalog)
        let registrations = Registrations(
            catalog, publisher: tellsNews ? publisher : nil, logger: .silent)
        let bench = RegistrationBench(
            log: log, catalog: catalog, registrations: registrations, publisher: publisher)
        // A history stream, so that members have something to join.
        _ = try await catalog.stream(forTopic: "a.b")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await catalog.follow() }
            group.addTask { try await registrations.run() }
            defer { group.cancelAll() }
            try await body(bench)
        }
    }

    static var quick: FailurePolicy {
        FailurePolicy(
            maximumAttempts: 3, initialDelay: .milliseconds(5), maximumDelay: .milliseconds(20),
            attemptTimeout: .seconds(10), settleWithin: .zero, concurrency: 4)
    }

    /// Runs a member while the body runs.
    func withMember<Result: Sendable>(
        _ name: String, _ handler: any EventHandler, _ options: DeliveryEngine.Options = .quick,
        _ body: @escaping @Sendable (RegistrationMember) async throws -> Result
    ) async throws -> Result {
        let member = RegistrationMember(
            name, of: registrations, handler: handler, options: options, logger: .silent)
        let task = Task { try await member.run() }
        do {
            let result = try await body(member)
            task.cancel()
            try await task.value
            return result
        } catch {
            task.cancel()
            _ = try? await task.value
            throw error
        }
    }

    @discardableResult
    func publish(_ topic: String = "a.b", _ descriptions: String..., key: String? = nil) async throws -> [Published] {
        try await publish(topic, descriptions, key: key)
    }

    @discardableResult
    func publish(_ topic: String, _ descriptions: [String], key: String? = nil) async throws -> [Published] {
        let events = descriptions.map { Event(topic: topic, description: $0, orderingKey: key) }
        return try await publisher.publish(events).map { try $0.get() }
    }

    /// Waits until every partition's position is at its end.
    func caughtUp(_ name: String) async throws {
        while try await registrations.lag(of: name).contains(where: { $0.records > 0 }) {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension DeliveryEngine.Options {
    static var quick: DeliveryEngine.Options {
        var options = DeliveryEngine.Options()
        options.commitInterval = .milliseconds(10)
        return options
    }
}

/// Notes what it is given, and does with it what the test says.
final class NotingHandler: EventHandler {
    private struct State {
        var descriptions: [String] = []
        var deliveries: [Delivery] = []
        var calls: [[String]] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let batchSize: Int
    private let state = Mutex(State())
    private let act: @Sendable (Delivery) async throws -> Void

    /// - Parameter act: what it does with each delivery; those for which it throws are not noted.
    init(batchSize: Int = 1, _ act: @escaping @Sendable (Delivery) async throws -> Void = { _ in }) {
        self.batchSize = batchSize
        self.act = act
    }

    func handle(_ deliveries: [Delivery]) async throws {
        for delivery in deliveries { try await act(delivery) }
        let ready = state.withLock { state in
            state.deliveries += deliveries
            state.descriptions += deliveries.map(\.event.description)
            state.calls.append(deliveries.map(\.event.description))
            let count = state.descriptions.count
            defer { state.waiters.removeAll { $0.count <= count } }
            return state.waiters.filter { $0.count <= count }
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// What was handled, in order.
    var descriptions: [String] { state.withLock { $0.descriptions } }
    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    var calls: [[String]] { state.withLock { $0.calls } }

    /// Waits until so many deliveries were handled.
    func handled(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.descriptions.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
