public import Logging
public import ServiceLifecycle
import Synchronization

/// Makes events of a registration's events: what a transform returns is appended in one transaction with the registration's
/// position, so that after a crash, wherever it comes, nothing is lost and nothing is there twice.
///
///     let alarms = EventTransformer(Registration(name: "alarms", filter: try Filter("severity = error")), of: registrations) {
///         [Event(topic: "alarm.raised", description: $0.event.description)]
///     }
///     try await alarms.run()
///
/// - Each partition's events are handled one after the other, by one member at a time; members of one name share the
///   partitions.
/// - What a transform remembers is made anew when a member takes a partition: it is given once more what lies up to
///   `lookBack` before the next event, by log time, and what it returns is dropped. So its answer to an event may depend on
///   the partition's events of that time before, and on nothing else.
/// - A delivery that fails is tried again as the failure policy says, and its partition waits meanwhile; in the end it goes
///   to dead letters, in the same way. One that is redriven is handled out of its place in the order, and leaves no trace
///   in what the transform remembers.
/// - The events that are made must not match the registration's own filter, unless that is meant.
public final class EventTransformer: Service {
    /// What is asked for.
    public let registration: Registration
    private let start: StartPoint
    private let registrations: Registrations
    private let work: RestartableWork

    /// - Parameters:
    ///   - registration: its delivery must be `process`. Of its policy, the time-out and the concurrency do not count.
    ///   - start: where it begins when it is made now; one that there is already goes on where it is.
    ///   - limits: of the events that are made.
    ///   - actor: who writes them.
    ///   - make: makes the transform of a partition that this member takes.
    public init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations,
        lookBack: Duration, limits: EventLimits = EventLimits(), actor: String? = nil,
        logger: Logger = Logger(label: "daybook.transformer"),
        make: @escaping @Sendable (StreamPartition) -> any EventTransform
    ) {
        self.registration = registration
        self.start = start
        self.registrations = registrations
        var logger = logger
        logger[metadataKey: "registration"] = "\(registration.name)"
        let publisher = Publisher(catalog: registrations.catalog, limits: limits, actor: actor)
        let plan = TransformWorker.Plan(
            registrations: registrations, publisher: publisher, lookBack: lookBack, logger: logger, make: make)
        let follower = RegistrationFollower(name: registration.name, registrations: registrations, logger: logger)
        work = RestartableWork {
            guard registrations.log.features.contains(.transactions) else {
                throw LogError.unsupported(.transactions)
            }
            do {
                try await follower.run { registration, streams in
                    if !streams.isEmpty { await plan.work(registration, streams) }
                }
            } catch is CancellationError {}
        }
    }

    /// A transformer that remembers nothing.
    ///
    /// - Parameter transform: as ``EventTransform/transform(_:)``.
    public convenience init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations,
        limits: EventLimits = EventLimits(), actor: String? = nil,
        logger: Logger = Logger(label: "daybook.transformer"),
        transform: @escaping @Sendable (Delivery) async throws -> [Event]
    ) {
        self.init(
            registration, from: start, of: registrations, lookBack: .zero, limits: limits, actor: actor, logger: logger
        ) { _ in StatelessTransform(body: transform) }
    }

    /// Makes the registration, if there is none, and begins.
    ///
    /// - Throws: ``RegistrationError``; ``LogError``.
    public func start() async throws {
        try await registrations.ensure(registration, from: start)
        work.start()
    }

    /// Gives its share of the work up. What is in hand and not written is done by whoever goes on.
    public func stop() async { await work.stop() }

    /// Starts, and returns when it is stopped, shut down or cancelled, or when its registration is deleted.
    ///
    /// - Throws: ``RegistrationError``; ``LogError``, ``LogError/unsupported(_:)`` of a log without transactions.
    public func run() async throws {
        try await registrations.ensure(registration, from: start)
        try await work.run()
    }

    /// Waits until it is stopped, or its registration is deleted.
    public func waitUntilStopped() async throws { try await work.wait() }
}
