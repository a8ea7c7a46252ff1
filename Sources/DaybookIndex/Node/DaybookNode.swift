public import Daybook
public import Logging
public import ServiceLifecycle
import Synchronization

/// One process's Daybook: the log, its catalog, a publisher, and the index that a projector keeps up to date.
///
/// A node is made before its log can be reached, and stays up while it cannot: until then every use of ``parts()``
/// throws ``NodeUnavailable`` with the reason. ``run()`` opens the log (trying again while it is out of reach),
/// follows it, and on shutdown finishes what is in hand and closes it.
public final class DaybookNode: Service {
    /// What a node is made of once its log is open.
    public struct Parts: Sendable {
        public let catalog: StreamCatalog
        public let publisher: Publisher
        public let projector: Projector
        public let enroller: Enroller
        public let registrations: Registrations

        public var log: any EventLog { catalog.log }
        public var index: EventIndex { projector.index }
        public var arbiter: any Arbiter { arbitration.arbiter }

        let arbitration: Arbitration

        /// What this process's part of the arbiter remembers and did.
        public var arbiterStatistics: ArbiterStatistics {
            get async { await arbitration.statistics }
        }
    }

    public struct Configuration: Sendable {
        public var layout = StreamLayout()
        /// Entries of the topic catalogue, besides those that Daybook comes with and those in the log.
        public var topics: [TopicEntry] = []
        public var limits = EventLimits()
        public var bounds = IndexBounds()
        public var projection = Projector.Options()
        /// Whether other processes may use the log, so that hashes have to be decided through it.
        public var isShared = false
        /// How many hashes the arbiter remembers; publishes that need more are refused.
        public var maximumHashes = Int.max
        /// How many registrations there may be.
        public var maximumRegistrations = 1000
        /// Where the index is saved and loaded from; nil to make it anew at each start.
        public var snapshots: SnapshotStore?

        public init() {}
    }

    private enum State {
        case opening(reason: String)
        case open(Parts)
        case closed
    }

    public let configuration: Configuration
    private let logger: Logger
    private let openLog: @Sendable () async throws -> any EventLog
    private let state = Mutex(State.opening(reason: "the log is being opened"))
    private let observer = Mutex<(any ProjectorObserver)?>(nil)
    private let opened = Signal()

    /// - Parameter openLog: opens the log. Called again while it throws a retriable ``LogError``; any other error
    ///   ends ``run()``.
    public init(
        configuration: Configuration = Configuration(), logger: Logger = Logger(label: "daybook.node"),
        openLog: @escaping @Sendable () async throws -> any EventLog
    ) {
        self.configuration = configuration
        self.logger = logger
        self.openLog = openLog
    }

    /// Has someone told of what the node's projector does. Only before ``run()``: who comes later would miss the beginning.
    public func observe(_ observer: any ProjectorObserver) {
        self.observer.withLock { $0 = observer }
    }

    /// The parts of the open node.
    public func parts() throws(NodeUnavailable) -> Parts {
        switch state.withLock({ $0 }) {
        case .open(let parts): return parts
        case .opening(let reason): throw NodeUnavailable(reason)
        case .closed: throw NodeUnavailable("the node is shutting down")
        }
    }

    /// The parts, as soon as the node is open. ``run()`` must be running.
    public func whenOpen() async throws -> Parts {
        try await opened.wait()
        return try parts()
    }

    public func run() async throws {
        let parts: Parts
        do {
            parts = try await cancelWhenGracefulShutdown { try await self.open() }
        } catch is CancellationError {
            state.withLock { $0 = .closed }
            opened.fire()
            return
        } catch {
            state.withLock { $0 = .closed }
            opened.fire()
            throw error
        }
        defer { state.withLock { $0 = .closed } }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await cancelWhenGracefulShutdown { try await parts.catalog.follow() } }
                group.addTask { try await parts.projector.run() }
                group.addTask { try await cancelWhenGracefulShutdown { try await parts.registrations.run() } }
                group.addTask { await cancelWhenGracefulShutdown { await parts.arbitration.run() } }
                try await group.waitForAll()
            }
        } catch {
            await close(parts)
            throw error
        }
        await close(parts)
    }

    private func open() async throws -> Parts {
        var delay = Duration.milliseconds(100)
        while true {
            do {
                let log = try await openLog()
                do {
                    return try await assemble(log)
                } catch {
                    try? await log.close()
                    throw error
                }
            } catch let error as LogError where error.isRetriable {
                logger.warning("the log cannot be opened yet; trying again", metadata: ["error": "\(error)"])
                state.withLock { $0 = .opening(reason: error.description) }
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }

    private func assemble(_ log: any EventLog) async throws -> Parts {
        let catalog = try await StreamCatalog.open(
            log: log, layout: configuration.layout, topics: configuration.topics, logger: logger)
        let projector = Projector(
            catalog: catalog, index: EventIndex(bounds: configuration.bounds),
            snapshots: configuration.snapshots, options: configuration.projection,
            logger: logger, observer: observer.withLock { $0 })
        let arbitration = try await Arbitration.open(catalog, configuration, logger)
        let publisher = Publisher(catalog: catalog, limits: configuration.limits, arbiter: arbitration.arbiter)
        let parts = Parts(
            catalog: catalog, publisher: publisher, projector: projector,
            enroller: Enroller(publisher: publisher, projector: projector),
            registrations: Registrations(
                catalog, publisher: publisher, maximum: configuration.maximumRegistrations, logger: logger),
            arbitration: arbitration)
        state.withLock { $0 = .open(parts) }
        opened.fire()
        return parts
    }

    private func close(_ parts: Parts) async {
        await parts.publisher.close()
        do {
            try await parts.log.close()
        } catch {
            logger.error("the log was not closed cleanly", metadata: ["error": "\(error)"])
        }
    }
}

/// The node cannot be used now; the reason says why. It may be used later.
public struct NodeUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
