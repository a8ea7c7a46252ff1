public import Logging
public import ServiceLifecycle
import Synchronization

/// One member of a registration: it takes its share of the work and calls a handler, from ``run()`` until it is shut down.
///
/// It follows the registration in the catalog: it stops while that is paused, goes on with a changed filter, reads streams
/// that are made later, and ends when the registration is deleted. When a position is lost it pauses the registration
/// and says why: nothing is skipped silently.
public final class RegistrationMember: Service {
    public let name: String
    private let registrations: Registrations
    private let handler: any EventHandler
    private let options: DeliveryEngine.Options
    private let logger: Logger
    private let engine = Mutex<DeliveryEngine?>(nil)

    public convenience init(
        _ name: String, of registrations: Registrations, handler: any EventHandler,
        logger: Logger = Logger(label: "daybook.registration")
    ) {
        self.init(name, of: registrations, handler: handler, options: DeliveryEngine.Options(), logger: logger)
    }

    init(
        _ name: String, of registrations: Registrations, handler: any EventHandler, options: DeliveryEngine.Options,
        logger: Logger
    ) {
        self.name = name
        self.registrations = registrations
        self.handler = handler
        self.options = options
        var logger = logger
        logger[metadataKey: "registration"] = "\(name)"
        self.logger = logger
    }

    /// What it did since it was started; nil before it has joined.
    public var statistics: DeliveryStatistics? {
        get async { await engine.withLock { $0 }?.report }
    }

    /// How many records each partition that it holds still has.
    public var lag: [StreamPartition: Int64] {
        get async { await engine.withLock { $0 }?.lag ?? [:] }
    }

    /// - Throws: what ``EventHandler/prepare()`` throws; ``RegistrationError/unknown(_:)`` when there is no such
    ///   registration.
    public func run() async throws {
        _ = try registrations.get(name)
        try await handler.prepare()
        do {
            try await cancelWhenGracefulShutdown { [self] in
                try await RegistrationFollower(name: name, registrations: registrations, logger: logger).run {
                    await self.work($0, $1)
                }
            }
        } catch is CancellationError {
        } catch LogError.closed {
        } catch {
            await handler.close()
            throw error
        }
        await handler.close()
    }

    /// Works until cancelled.
    private func work(_ registration: Registration, _ streams: [String]) async {
        await withTaskGroup(of: Void.self) { group in
            if !streams.isEmpty { group.addTask { await self.deliver(registration, streams) } }
            guard registration.signals else { return }
            let relay = SignalRelay(
                registration, handler: handler, log: registrations.log, layout: registrations.catalog.layout,
                concurrency: handler.boundsItself
                    ? max(registration.policy.concurrency, options.minimumConcurrency) : 1,
                isCurrent: registrations.isCurrent(registration), logger: logger)
            group.addTask { await relay.run() }
        }
    }

    /// Delivers history until cancelled, through whatever happens to the log.
    private func deliver(_ registration: Registration, _ streams: [String]) async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await registrations.prepareGroup(registration)
                let member = try await registrations.log.join(
                    group: registration.group(prefix: registrations.catalog.layout.prefix), streams: streams,
                    options: GroupOptions())
                let carried = await engine.withLock { $0 }?.carried ?? DeliveryEngine.Carried()
                let engine = DeliveryEngine(
                    registration, handler: handler, member: member, log: registrations.log,
                    layout: registrations.catalog.layout, retries: registrations.retries, options: options,
                    logger: logger, news: registrations.news, carried: carried,
                    isCurrent: registrations.isCurrent(registration),
                    whenGone: { [registrations] reason in
                        _ = try? await registrations.pause(registration.name, reason: reason)
                    })
                self.engine.withLock { $0 = engine }
                try await engine.run()
            } catch is CancellationError {
                return
            } catch LogError.closed {
                return
            } catch LogError.outOfRange(let position, let available) {
                let error = LogError.outOfRange(position: position, available: available)
                logger.error("a position is lost; the registration pauses", metadata: ["error": "\(error)"])
                let reason = "its \(error): reset it to where it shall go on"
                _ = try? await registrations.pause(registration.name, reason: reason)
                return
            } catch {
                logger.error("a member cannot work; trying again", metadata: ["error": "\(error)"])
                try? await backoff.wait()
            }
        }
    }
}
