public import Logging
public import ServiceLifecycle

/// Many callbacks behind one registration: each is run for the events that it matches, found through an index.
///
///     let processor = try EventProcessor(Registration(name: "planner"), of: registrations)
///         .onEvent(EventMatch(entityType: "job")) { print($0.event.description) }
///         .onScenarioCreated(configs: ["monthly"]) { _, id in try await plan(id) }
///     try await processor.run()
///
/// - The registration's filter and operations say what comes at all; a callback chooses among that.
/// - The callbacks of one event run one after the other, in the order of their registration. Events with different ordering
///   keys are handled side by side, up to the policy's concurrency (1 for one event after the other).
/// - Callbacks may be added and removed at any time. One that was removed is not run again; one that is added gets what is
///   read of the log from then on, besides what waits for others already.
/// - When one fails, the others run all the same. The delivery is tried again as the registration's ``FailurePolicy`` says,
///   and only for those callbacks that did not succeed with it in this process; in the end it goes to dead letters. Across
///   restarts each callback gets a delivery at least once. For that a processor remembers 10,000 failed deliveries.
/// - What a callback is to be given besides the event it captures, or is registered with.
public final class EventProcessor: Service {
    let table: CallbackTable
    private let consumer: EventConsumer

    /// - Parameters:
    ///   - start: where the registration begins when it is made now.
    ///   - batchSize: how many deliveries are handled together, at least one, all within one attempt's time. More of them
    ///     cost less; events of one batch are not handled side by side.
    ///   - connections: what broadcast callbacks are run for.
    public convenience init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations,
        batchSize: Int = 1, connections: LiveConnections? = nil,
        logger: Logger = Logger(label: "daybook.processor")
    ) {
        self.init(
            registration, from: start, of: registrations, batchSize: batchSize, connections: connections,
            options: DeliveryEngine.Options(), logger: logger)
    }

    init(
        _ registration: Registration, from start: StartPoint, of registrations: Registrations, batchSize: Int = 1,
        connections: LiveConnections? = nil, options: DeliveryEngine.Options, logger: Logger
    ) {
        table = CallbackTable(batchSize: batchSize, connections: connections)
        consumer = EventConsumer(
            registration, from: start, of: registrations, handler: table, options: options, logger: logger)
    }

    // MARK: - Work

    /// Begins; callbacks may still be added.
    ///
    /// - Throws: ``RegistrationError``; ``LogError``.
    public func start() async throws { try await consumer.start() }

    /// Finishes what is in hand. It may be started again.
    public func stop() async { await consumer.stop() }

    /// Starts, and returns when it is stopped, shut down or cancelled, or when its registration is deleted.
    public func run() async throws { try await consumer.run() }

    /// What it did since it took up its work last.
    public var statistics: DeliveryStatistics? {
        get async { await consumer.statistics }
    }

    /// How many records each partition that it holds still has.
    public var lag: [StreamPartition: Int64] {
        get async { await consumer.lag }
    }

    // MARK: - Callbacks

    /// The ids of the callbacks, in the order in which they run.
    public var callbacks: [String] { table.ids }

    /// Takes a callback out: it is not run again, also for what was delivered already and waits.
    ///
    /// - Returns: false when there is none.
    @discardableResult
    public func remove(_ id: String) -> Bool { table.remove(id) }

    /// Runs a callback for each event that matches.
    ///
    /// - Parameters:
    ///   - id: what it can be removed by; it takes the place of a callback with this id. Nil makes one up.
    ///   - condition: asked after the match, for each event.
    ///   - arguments: what it is given behind the delivery.
    /// - Throws: ``EventMatch/combinedFilter()``'s errors.
    @discardableResult
    public func onEvent<each Argument: Sendable>(
        _ match: EventMatch = .everything, id: String? = nil,
        where condition: @escaping @Sendable (Event) async throws -> Bool = { _ in true },
        with arguments: repeat each Argument,
        perform: @escaping @Sendable (Delivery, repeat each Argument) async throws -> Void
    ) throws -> EventProcessor {
        try table.add(
            match, id: id,
            .each { delivery in
                if try await condition(delivery.event) { try await perform(delivery, repeat each arguments) }
            })
        return self
    }

    /// Runs a callback once for all events that match among those that are handled together (see `batchSize`).
    @discardableResult
    public func onEvents(
        _ match: EventMatch = .everything, id: String? = nil,
        perform: @escaping @Sendable ([Delivery]) async throws -> Void
    ) throws -> EventProcessor {
        try table.add(match, id: id, .batch(perform))
        return self
    }

    /// Runs a callback for each event that matches and each live connection.
    ///
    /// When it fails for one of them, the others get the event all the same, and when it is tried again not twice.
    ///
    /// - Throws: ``NoLiveConnections``; ``EventMatch/combinedFilter()``'s errors.
    @discardableResult
    public func broadcastOnEvent<each Argument: Sendable>(
        _ match: EventMatch = .everything, id: String? = nil,
        where condition: @escaping @Sendable (Event) async throws -> Bool = { _ in true },
        with arguments: repeat each Argument,
        perform: @escaping @Sendable (any LiveConnection, Delivery, repeat each Argument) async throws -> Void
    ) throws -> EventProcessor {
        try table.add(
            match, id: id,
            .broadcast { delivery in
                guard try await condition(delivery.event) else { return nil }
                return { connection in try await perform(connection, delivery, repeat each arguments) }
            })
        return self
    }

    /// Runs a callback for each event of a subscription, with what the subscription makes of it.
    ///
    /// - Throws: ``EventMatch/combinedFilter()``'s errors.
    @discardableResult
    public func on<Value: Sendable>(
        _ subscription: EventSubscription<Value>, id: String? = nil,
        perform: @escaping @Sendable (Delivery, Value) async throws -> Void
    ) throws -> EventProcessor {
        try table.add(
            subscription.match, id: id,
            .each { delivery in
                if let value = try await subscription.load(delivery) { try await perform(delivery, value) }
            })
        return self
    }

    /// The same for each live connection.
    ///
    /// - Throws: ``NoLiveConnections``; ``EventMatch/combinedFilter()``'s errors.
    @discardableResult
    public func broadcast<Value: Sendable>(
        _ subscription: EventSubscription<Value>, id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, Value) async throws -> Void
    ) throws -> EventProcessor {
        try table.add(
            subscription.match, id: id,
            .broadcast { delivery in
                guard let value = try await subscription.load(delivery) else { return nil }
                return { connection in try await perform(connection, delivery, value) }
            })
        return self
    }
}
