import Daybook
import DaybookHandlers
import DaybookIndex
import DaybookServer
import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// A node and its HTTP server, made from a configuration.
struct ServerRun {
    let configuration: ServerConfiguration
    let node: DaybookNode
    private let signals: [UnixSignal]
    private let group: ServiceGroup
    private let handlers: ServerHandlers
    private let tokenKeys: TokenKeys?

    /// What a server that has started tells of itself.
    struct Started: Sendable {
        var port: Int
        /// Why it cannot answer yet, when it cannot.
        var obstacle: String?
    }

    /// - Parameters:
    ///   - signals: what asks the process to stop.
    ///   - onStart: called once, when the server listens and answers, or at least listens for a while.
    /// - Throws: ``InvalidSetting``.
    init(
        _ configuration: ServerConfiguration, logger: Logger, signals: [UnixSignal] = [],
        onStart: @escaping @Sendable (Started) -> Void
    ) throws {
        self.configuration = configuration
        self.signals = signals
        let node = DaybookNode(configuration: configuration.node, logger: logger) {
            let log = try await LogOpener.open(configuration, logger: logger)
            // After the log, because the directory of an embedded one holds the snapshots, too.
            if let directory = configuration.snapshots { try Self.makeDirectory(directory) }
            return log
        }
        self.node = node
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        // Handlers are made before the log is open, and told of nothing until then.
        let surroundings = HandlerSurroundings {
            (try? node.parts())?.catalog.topics.fields(of: $0)
        } report: {
            (try? node.parts())?.registrations.note($0)
        }
        handlers = try ServerHandlers(
            configuration.handlers, configuration.webhooks, registrations: configuration.registrations, in: surroundings
        )
        let registrations = RegistrationService(
            node: node, ensured: configuration.delivers ? configuration.registrations : [],
            delivers: configuration.delivers, logger: logger, makeHandler: handlers.handler(of:))
        let tokens = try configuration.tokens.verifier(logger: logger)
        tokenKeys = tokens?.keys
        var options = configuration.server
        options.tokenVerifiers = tokens.map { [$0.verifier] } ?? []
        options.tls = try configuration.tls.identity()
        if let identity = options.tls {
            let finding = TLSExamination.finding(notValidAfter: identity.notValidAfter)
            if finding.verdict != .ok { logger.warning("the certificate of TLS: \(finding.text)") }
        }
        let server = DaybookServer(
            node: node, registrations: registrations, options: options, logger: logger,
            onListening: { listening.yield($0) })
        // Storage first, server last: they end the other way round, so that the node outlives the requests and deliveries in
        // hand.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(
                service: Announcement(
                    ports: ports, node: node, isPublished: configuration.delivers && configuration.publishStart,
                    announce: onStart),
                successTerminationBehavior: .ignore),
            .init(service: node, failureTerminationBehavior: .gracefullyShutdownGroup),
            .init(
                service: registrations, successTerminationBehavior: .ignore,
                failureTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: server, failureTerminationBehavior: .gracefullyShutdownGroup),
        ]
        if let keys = tokens?.keys { services.insert(.init(service: keys), at: 0) }
        var group = ServiceGroupConfiguration(services: services, logger: logger)
        group.maximumGracefulShutdownDuration = configuration.shutdownTimeout
        self.group = ServiceGroup(configuration: group)
    }

    /// Runs until it is asked to stop.
    ///
    /// - Throws: what keeps it from starting, or from going on.
    func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await heedSignals() }
                defer { tasks.cancelAll() }
                try await work()
            }
        } catch let error as IOError {
            throw failure(to: error)
        } catch let error as ListenRefusal {
            throw CommandFailure(.usage, "\(error)")
        } catch is CancellationError {
            let time = DurationText.text(configuration.shutdownTimeout)
            throw CommandFailure(.failure, "requests in hand were not done within \(time) and were cut off")
        }
    }

    private func work() async throws {
        if let tokenKeys {
            await tokenKeys.refresh()
            // A file is there or is not; a server at a URL may come up later.
            if case .file(let path) = configuration.tokens.keys, let failure = tokenKeys.failure {
                throw CommandFailure(.usage, "the keys of tokens, \(path), cannot be used: \(failure)")
            }
        }
        guard configuration.delivers else { return try await group.run() }
        try await handlers.prepare()
        do {
            try await group.run()
        } catch {
            await handlers.close()
            throw error
        }
        await handlers.close()
    }

    /// The first signal asks politely. Whoever sends a second one does not want to wait for what is in hand: the
    /// process ends at once, which loses nothing that was acknowledged.
    private func heedSignals() async {
        guard !signals.isEmpty else { return }
        var isStopping = false
        for await signal in await UnixSignalsSequence(trapping: signals) {
            if isStopping { _exit(128 + signal.rawValue) }
            isStopping = true
            await stop()
        }
    }

    /// Asks it to stop.
    func stop() async {
        await group.triggerGracefulShutdown()
    }

    private static func makeDirectory(_ path: String) throws {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
                throw LogError.refused(
                    "the directory for snapshots, \(path), cannot be made (\(SystemError())): choose another with"
                        + " --snapshot-directory")
            }
        }
    }

    private func failure(to bind: IOError) -> CommandFailure {
        let place = "port \(configuration.port) of \(configuration.host)"
        return switch bind.errnoCode {
        case EADDRINUSE:
            CommandFailure(
                .unavailable, "\(place) is in use: stop what uses it, or choose another one with --port (0 takes any)")
        case EACCES:
            CommandFailure(.failure, "\(place) needs privileges: choose one above 1023 with --port")
        case EADDRNOTAVAIL:
            CommandFailure(.failure, "\(configuration.host) is no address of this machine: choose another with --host")
        default: CommandFailure(.failure, "\(place) cannot be listened on: \(SystemError(bind.errnoCode))")
        }
    }
}
