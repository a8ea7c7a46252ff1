public import Logging
public import ServiceLifecycle

/// Hands the events of a registration to a handler in this process: at least once, in order per ordering key, events of
/// different keys side by side up to the policy's concurrency (1 for one after the other).
///
/// The registration is made when the consumer starts, unless there is one already, which must then ask for the same. Others
/// of its name, in this process or elsewhere, share the work. What a handler throws is dealt with as the registration's
/// ``FailurePolicy`` says.
///
/// Someone has to follow the catalog and the retries meanwhile: ``StreamCatalog/follow()`` and ``Registrations/run()``.
public final class EventConsumer: Service {
    /// What is asked for. Of one that there is already its own policy holds.
    public let registration: Registration
    private let start: StartPoint
    private let registrations: Registrations
    private let member: RegistrationMember
    private let work: RestartableWork

    /// - Parameters:
    ///   - registration: its delivery must be `process`.
    ///   - start: where it begins when it is made now; one that there is already goes on where it is.
    public convenience init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations,
        handler: any EventHandler, logger: Logger = Logger(label: "daybook.consumer")
    ) {
        self.init(
            registration, from: start, of: registrations, handler: handler, options: DeliveryEngine.Options(),
            logger: logger)
    }

    /// A consumer whose handler is a closure, called with one delivery at a time.
    public convenience init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations,
        logger: Logger = Logger(label: "daybook.consumer"),
        process: @escaping @Sendable (Delivery) async throws -> Void
    ) {
        let handler = ClosureHandler { for delivery in $0 { try await process(delivery) } }
        self.init(registration, from: start, of: registrations, handler: handler, logger: logger)
    }

    /// A consumer whose handler is a closure, called with batches. When it throws, none of the batch counts as handled, and
    /// its deliveries come again one by one.
    ///
    /// - Parameters:
    ///   - batchSize: at most so many deliveries in a call, at least one.
    ///   - linger: how long a batch that is not full may wait for more.
    public convenience init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations,
        batchSize: Int, linger: Duration = .zero, logger: Logger = Logger(label: "daybook.consumer"),
        processBatch: @escaping @Sendable ([Delivery]) async throws -> Void
    ) {
        let handler = ClosureHandler(batchSize: batchSize, linger: linger, body: processBatch)
        self.init(registration, from: start, of: registrations, handler: handler, logger: logger)
    }

    init(
        _ registration: Registration, from start: StartPoint, of registrations: Registrations,
        handler: any EventHandler, options: DeliveryEngine.Options, logger: Logger
    ) {
        self.registration = registration
        self.start = start
        self.registrations = registrations
        let member = RegistrationMember(
            registration.name, of: registrations, handler: handler, options: options, logger: logger)
        self.member = member
        work = RestartableWork { try await member.run() }
    }

    /// Makes the registration, if there is none, and begins to deliver; when it does so already, nothing changes.
    ///
    /// - Throws: ``RegistrationError``; ``LogError``.
    public func start() async throws {
        _ = try await started()
    }

    /// Finishes the calls that are under way, commits, and gives its share of the work up. It may be started again.
    public func stop() async {
        await work.stop()
    }

    /// Starts, and returns when it is stopped, shut down or cancelled, or when its registration is deleted.
    ///
    /// - Throws: as ``start()`` and ``waitUntilStopped()``.
    public func run() async throws {
        try await registrations.ensure(registration, from: start)
        try await work.run()
    }

    /// Waits until it is stopped, or its registration is deleted.
    ///
    /// - Throws: what ``EventHandler/prepare()`` throws.
    public func waitUntilStopped() async throws {
        try await work.wait()
    }

    /// Starts, and gives what goes on until it is stopped.
    func started() async throws -> Task<Void, any Error> {
        try await registrations.ensure(registration, from: start)
        return work.start()
    }

    /// Has it stop, without waiting for that.
    func requestStop() { work.requestStop() }

    /// What it did since it took up its work last.
    public var statistics: DeliveryStatistics? {
        get async { await member.statistics }
    }

    /// How many records each partition that it holds still has.
    public var lag: [StreamPartition: Int64] {
        get async { await member.lag }
    }
}

extension Registrations {
    /// The registration that a consumer in this process asks for; made when there is none.
    ///
    /// - Throws: ``RegistrationError``; ``LogError``.
    @discardableResult
    func ensure(_ registration: Registration, from start: StartPoint) async throws -> Registration {
        guard registration.delivery == .process else {
            throw RegistrationError.invalid(
                InvalidRegistration([
                    FieldProblem("delivery", "bad_value", "must be process: what this process delivers, no server does")
                ]))
        }
        return try await create(registration, from: start)
    }
}
