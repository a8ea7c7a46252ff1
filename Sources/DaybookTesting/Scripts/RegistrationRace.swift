public import Daybook
import Logging
import Synchronization

/// Members of one registration that come, go and fail while events are published, and what must hold afterwards
/// (guarantee G4): everything is handled, of each ordering key in order, positions never go back, and nothing is left.
public struct RegistrationRace: Sendable {
    public var events: Int
    public var keys: Int
    /// How often a member starts or stops.
    public var changes: Int
    private let topic: String

    public init(events: Int, keys: Int, changes: Int, topic: String = "race.run") {
        self.events = events
        self.keys = keys
        self.changes = changes
        self.topic = topic
    }

    /// Notes what was handled, by all members together.
    private final class Notes: Sendable {
        struct State {
            var handled: [String: [Int]] = [:]
            var count = 0
            var deliveries = 0
            var random: SeededGenerator
        }

        let state: Mutex<State>

        init(seed: UInt64) {
            state = Mutex(State(random: SeededGenerator(seed: seed)))
        }
    }

    private struct Failing: Error {}

    /// Fails now and then, and takes its time now and then.
    private struct Handler: EventHandler {
        let notes: Notes
        let batchSize: Int

        func handle(_ deliveries: [Delivery]) async throws {
            let luck = notes.state.withLock { state in
                state.deliveries += deliveries.count
                return Int.random(in: 0..<100, using: &state.random)
            }
            if luck < 5 { throw Failing() }
            if luck < 10 { try await Task.sleep(for: .milliseconds(luck)) }
            notes.state.withLock { state in
                for delivery in deliveries {
                    let event = delivery.event
                    guard let key = event.orderingKey, let number = Int(event.description) else { continue }
                    state.handled[key, default: []].append(number)
                    state.count += 1
                }
            }
        }
    }

    /// Runs the race.
    ///
    /// - Parameter open: opens the catalog of another process: for each member, and for who publishes and looks on.
    /// - Throws: ``ContractViolation``; what the log throws.
    public func run(
        seed: UInt64 = .random(in: 0 ... .max), _ open: @Sendable () async throws -> StreamCatalog
    ) async throws {
        let catalog = try await open()
        let registrations = Registrations(catalog, logger: .off)
        let policy = FailurePolicy(
            maximumAttempts: 50, initialDelay: .milliseconds(5), maximumDelay: .milliseconds(50),
            settleWithin: .milliseconds(20), concurrency: 4)
        _ = try await catalog.stream(forTopic: topic)
        try await registrations.create(
            Registration(name: "race", filter: try Filter("topic = \(topic)"), policy: policy), from: .earliest)
        let notes = Notes(seed: seed)
        var random = SeededGenerator(seed: seed)
        let background = Task { [registrations] in
            async let following: Void = catalog.follow()
            async let parked: Void = registrations.run()
            _ = try await (following, parked)
        }
        defer { background.cancel() }
        let publishing = Task { try await publish(Publisher(catalog: catalog)) }
        var members: [(task: Task<Void, any Error>, background: Task<Void, any Error>)] = []
        var positions: [StreamPartition: Int64] = [:]
        for number in 0..<changes {
            if members.isEmpty || (members.count < 3 && Bool.random(using: &random)) {
                members.append(try await start(notes, batchSize: number % 2 == 0 ? 1 : 20, open))
            } else {
                let member = members.remove(at: Int.random(in: 0..<members.count, using: &random))
                try await stop(member)
            }
            try await look(registrations, &positions)
            try await Task.sleep(for: .milliseconds(Int.random(in: 5...60, using: &random)))
        }
        if members.isEmpty { members.append(try await start(notes, batchSize: 20, open)) }
        try await publishing.value
        while try await isBehind(registrations, notes) {
            try await look(registrations, &positions)
            try await Task.sleep(for: .milliseconds(10))
        }
        for member in members { try await stop(member) }
        try check(notes, seed)
    }

    private func publish(_ publisher: Publisher) async throws {
        var next = [Int](repeating: 0, count: keys)
        var number = 0
        while number < events {
            var batch: [Event] = []
            while number < events, batch.count < 50 {
                let key = number % keys
                batch.append(Event(topic: topic, description: "\(next[key])", orderingKey: "key-\(key)"))
                next[key] += 1
                number += 1
            }
            for outcome in await publisher.publish(batch) { _ = try outcome.get() }
        }
    }

    private func start(
        _ notes: Notes, batchSize: Int, _ open: @Sendable () async throws -> StreamCatalog
    ) async throws -> (task: Task<Void, any Error>, background: Task<Void, any Error>) {
        let catalog = try await open()
        let registrations = Registrations(catalog, logger: .off)
        let background = Task {
            async let following: Void = catalog.follow()
            async let parked: Void = registrations.run()
            _ = try await (following, parked)
        }
        let member = RegistrationMember(
            "race", of: registrations, handler: Handler(notes: notes, batchSize: batchSize), logger: .off)
        return (Task { try await member.run() }, background)
    }

    private func stop(_ member: (task: Task<Void, any Error>, background: Task<Void, any Error>)) async throws {
        member.task.cancel()
        _ = try await member.task.value
        member.background.cancel()
    }

    private func look(_ registrations: Registrations, _ positions: inout [StreamPartition: Int64]) async throws {
        for lag in try await registrations.lag(of: "race") {
            if let before = positions[lag.partition], lag.position < before {
                throw ContractViolation("the position in \(lag.partition) went back from \(before) to \(lag.position)")
            }
            positions[lag.partition] = lag.position
        }
    }

    private func isBehind(_ registrations: Registrations, _ notes: Notes) async throws -> Bool {
        let registration = try registrations.get("race")
        try await registrations.retries.caughtUp()
        if registrations.retries.count(of: registration.id) > 0 { return true }
        return try await registrations.lag(of: "race").contains { $0.records > 0 }
    }

    private func check(_ notes: Notes, _ seed: UInt64) throws {
        let handled = notes.state.withLock { $0.handled }
        for key in 0..<keys {
            let name = "key-\(key)"
            var first: [Int] = []
            var seen: Set<Int> = []
            for number in handled[name, default: []] where seen.insert(number).inserted { first.append(number) }
            let expected = Array(0..<(events / keys + (key < events % keys ? 1 : 0)))
            guard first == expected else {
                throw ContractViolation(
                    "of \(name) \(first.count) of \(expected.count) events were handled, or not in order: \(first) (seed \(seed))"
                )
            }
        }
    }
}

extension Logger {
    fileprivate static var off: Logger { Logger(label: "off") { _ in SwiftLogNoOpLogHandler() } }
}
