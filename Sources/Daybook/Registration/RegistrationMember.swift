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

    /// What an engine is made for; another one is made when it changes.
    private struct Plan: Equatable {
        var registration: Registration?
        var streams: [String] = []
    }

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
            try await cancelWhenGracefulShutdown { try await self.follow() }
        } catch is CancellationError {
        } catch LogError.closed {
        } catch {
            await handler.close()
            throw error
        }
        await handler.close()
    }

    private func follow() async throws {
        let plans = plans()
        var current: (plan: Plan, task: Task<Void, Never>)?
        let id = try registrations.get(name).id
        for await plan in plans where plan != current?.plan {
            if let running = current {
                running.task.cancel()
                await running.task.value
            }
            current = nil
            guard let registration = plan.registration, registration.id == id else { break }
            guard !registration.isPaused, !plan.streams.isEmpty else { continue }
            current = (plan, Task { await self.work(registration, plan.streams) })
        }
        if let running = current {
            running.task.cancel()
            await running.task.value
        }
        try Task.checkCancellation()
        logger.info("the registration was deleted; this member ends")
    }

    /// The registration and the streams that there are, and both again whenever one of them changes.
    private func plans() -> AsyncStream<Plan> {
        let (stream, continuation) = AsyncStream.makeStream(of: Plan.self, bufferingPolicy: .bufferingNewest(1))
        let latest = Latest(continuation)
        latest.change { [registrations, name] plan in
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

    /// Works until cancelled, through whatever happens to the log.
    private func work(_ registration: Registration, _ streams: [String]) async {
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
