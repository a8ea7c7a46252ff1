public import Logging
import LosslessJSON
public import ServiceLifecycle
import Synchronization

/// Works for the registrations that a server delivers: a member for each with a handler or a webhook, from when it is made
/// until it is deleted; and one for each that is pulled from, while clients do.
public final class RegistrationHost: Service {
    /// How long after the last client's request a pulled registration's partitions are free for other servers.
    public static let idleLimit = Duration.seconds(60)
    /// How often positions are kept from expiring: well below Kafka's week, and below what operators make of it.
    public static let keepInterval = Duration.seconds(4 * 3600)
    /// How many deliveries of a pulled registration may be in clients' hands, or wait for them, in this server.
    static let pulledAtOnce = 256

    private struct Hosted {
        var id: EventID
        /// What its handler was made from.
        var settings: JSONText
        var member: RegistrationMember
        var task: Task<Void, Never>
    }

    private struct Pulled {
        var queue: PullQueue
        var lastUse: ContinuousClock.Instant
        var users = 0
    }

    private struct State {
        var hosted: [String: Hosted] = [:]
        var pulled: [String: Pulled] = [:]
        /// Why a registration is not worked for.
        var failures: [String: String] = [:]
        var isClosed = false
    }

    public let registrations: Registrations
    private let logger: Logger
    private let options: DeliveryEngine.Options
    private let keepInterval: Duration
    private let makeHandler: @Sendable (Registration) throws -> (any EventHandler)?
    private let state = Mutex(State())

    /// - Parameter makeHandler: makes what a registration delivers to; nil when this server has no such handler. What it
    ///   throws is logged and shown beside the registration.
    public convenience init(
        _ registrations: Registrations, logger: Logger = Logger(label: "daybook.registrations"),
        makeHandler: @escaping @Sendable (Registration) throws -> (any EventHandler)?
    ) {
        self.init(registrations, options: DeliveryEngine.Options(), logger: logger, makeHandler: makeHandler)
    }

    init(
        _ registrations: Registrations, options: DeliveryEngine.Options,
        keepInterval: Duration = RegistrationHost.keepInterval, logger: Logger,
        makeHandler: @escaping @Sendable (Registration) throws -> (any EventHandler)?
    ) {
        self.registrations = registrations
        self.options = options
        self.keepInterval = keepInterval
        self.logger = logger
        self.makeHandler = makeHandler
    }

    /// Works until it is shut down, and then finishes what is in hand.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.follow() }
                group.addTask { await self.endIdlePulls() }
                group.addTask { await self.keepPositions() }
            }
        }
        let (hosted, pulled) = state.withLock { state in
            state.isClosed = true
            defer {
                state.hosted = [:]
                state.pulled = [:]
            }
            return (Array(state.hosted.values), state.pulled.values.map(\.queue))
        }
        for one in hosted { one.task.cancel() }
        // Nobody can acknowledge any more: there is no use in waiting for leases.
        for queue in pulled { queue.abandon() }
        for one in hosted { await one.task.value }
    }

    // MARK: - Telling

    /// Why this server does not work for a registration, when it should.
    public func failure(of name: String) -> String? { state.withLock { $0.failures[name] } }

    /// What this server's members did since they took up their work, by registration.
    public func statistics() async -> [String: DeliveryStatistics] {
        var statistics: [String: DeliveryStatistics] = [:]
        for (name, one) in state.withLock({ $0.hosted }) { statistics[name] = await one.member.statistics }
        return statistics
    }

    /// How many records are left in the partitions that this server's members hold, by registration.
    public func lag() async -> [String: [StreamPartition: Int64]] {
        var lags: [String: [StreamPartition: Int64]] = [:]
        for (name, one) in state.withLock({ $0.hosted }) { lags[name] = await one.member.lag }
        return lags
    }

    // MARK: - Handlers and webhooks

    private func follow() async {
        for await _ in registrations.observe() {
            let (all, gone, queues) = state.withLock { state in
                // As they are now: what was observed may be older than what a client has made since, and pulls from.
                let all = registrations.all
                let names = Set(all.map(\.name))
                let gone = state.hosted.filter { name, one in
                    !all.contains { $0.name == name && $0.id == one.id && $0.settings == one.settings }
                }
                var queues: [PullQueue] = []
                for name in gone.keys {
                    state.hosted[name] = nil
                    if let pulled = state.pulled.removeValue(forKey: name) { queues.append(pulled.queue) }
                }
                state.failures = state.failures.filter { names.contains($0.key) }
                return (all, gone, queues)
            }
            // Members of what was deleted end by themselves, those with other settings do not.
            for one in gone.values { one.task.cancel() }
            for queue in queues { queue.abandon() }
            for registration in all where registration.delivery == .webhook || registration.delivery == .handler {
                if state.withLock({ $0.hosted[registration.name] == nil }) {
                    start(registration, after: gone[registration.name]?.task)
                }
            }
        }
    }

    /// - Parameter former: what works with the same things, and has to end before.
    private func start(_ registration: Registration, after former: Task<Void, Never>?) {
        do {
            guard let handler = try makeHandler(registration) else {
                return state.withLock { $0.failures[registration.name] = "this server has no such handler" }
            }
            state.withLock { host(registration, handler, after: former, in: &$0) }
        } catch {
            logger.error(
                "a registration's handler cannot be made",
                metadata: ["registration": "\(registration.name)", "error": "\(error)"])
            state.withLock { $0.failures[registration.name] = "\(error)" }
        }
    }

    private func host(
        _ registration: Registration, _ handler: any EventHandler, after former: Task<Void, Never>? = nil,
        in state: inout State
    ) {
        let name = registration.name
        guard !state.isClosed, state.hosted[name] == nil else { return }
        var options = options
        if registration.delivery == .pull { options.minimumConcurrency = Self.pulledAtOnce }
        let member = RegistrationMember(
            name, of: registrations, handler: handler, options: options, logger: logger)
        state.failures[name] = nil
        let task = Task { [weak self] in
            await former?.value
            do {
                try await member.run()
            } catch {
                self?.failed(member, error)
            }
        }
        state.hosted[name] = Hosted(id: registration.id, settings: registration.settings, member: member, task: task)
    }

    private func failed(_ member: RegistrationMember, _ error: any Error) {
        let name = member.name
        logger.error(
            "a registration's handler does not work", metadata: ["registration": "\(name)", "error": "\(error)"])
        state.withLock { state in
            // Another one may have taken its place.
            guard state.hosted[name]?.member === member else { return }
            state.failures[name] = "\(error)"
            state.hosted[name] = nil
        }
    }

    // MARK: - Pulling

    /// Fetches deliveries of a registration for a client.
    ///
    /// - Throws: ``RegistrationError``.
    public func pull(
        _ name: String, maximum: Int, wait: Duration, lease: Duration? = nil
    ) async throws(RegistrationError) -> [PullQueue.Leased] {
        let registration = try registrations.get(name)
        guard registration.delivery == .pull else {
            throw .conflict(name: name, difference: "another way of delivery: \(registration.delivery.rawValue)")
        }
        let queue = use(registration)
        defer { release(queue, name) }
        return await queue.pull(
            maximum: maximum, wait: wait, lease: lease ?? registration.policy.attemptTimeout)
    }

    /// Takes a client's word for deliveries.
    ///
    /// - Returns: the tokens whose lease is over, or that this server did not give.
    public func answer(
        _ name: String, _ tokens: [String], _ answer: PullQueue.Answer
    ) throws(RegistrationError) -> [String] {
        _ = try registrations.get(name)
        guard
            let queue = state.withLock({ state -> PullQueue? in
                state.pulled[name]?.lastUse = .now
                return state.pulled[name]?.queue
            })
        else { return tokens }
        return tokens.filter { !queue.answer($0, answer) }
    }

    /// The queue that this server's member delivers to. Both are made in one step, by the first of the clients.
    private func use(_ registration: Registration) -> PullQueue {
        let name = registration.name
        return state.withLock { state in
            if let queue = state.pulled[name]?.queue, state.hosted[name] != nil {
                state.pulled[name]?.users += 1
                state.pulled[name]?.lastUse = .now
                return queue
            }
            let queue = PullQueue()
            state.pulled[name] = Pulled(queue: queue, lastUse: .now, users: 1)
            host(registration, queue, in: &state)
            return queue
        }
    }

    private func release(_ queue: PullQueue, _ name: String) {
        state.withLock { state in
            // A former one's users are not those of the one in its place.
            guard state.pulled[name]?.queue === queue else { return }
            state.pulled[name]?.users -= 1
            state.pulled[name]?.lastUse = .now
        }
    }

    private func keepPositions() async {
        while (try? await Task.sleep(for: keepInterval)) != nil { await registrations.keepPositions() }
    }

    private func endIdlePulls() async {
        while (try? await Task.sleep(for: Self.idleLimit / 4)) != nil {
            let idle = state.withLock { state in
                let limit = ContinuousClock.now.advanced(by: .zero - Self.idleLimit)
                let names = state.pulled.filter { name, one in
                    one.users == 0 && one.lastUse < limit && one.queue.counts.held == 0
                }.keys
                return names.compactMap { name in
                    state.pulled[name] = nil
                    return state.hosted.removeValue(forKey: name)
                }
            }
            for one in idle {
                one.task.cancel()
                await one.task.value
            }
        }
    }
}
