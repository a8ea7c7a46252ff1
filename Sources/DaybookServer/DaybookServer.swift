import Daybook
public import DaybookIndex
public import Logging
import NIOPosix
public import Prometheus
public import ServiceLifecycle

/// Daybook over HTTP. It knows no backend: a node, whoever runs it, is all it works with.
///
/// It answers also while the node's log is out of reach: `/readyz` says so, and what needs the log is refused with 503.
public struct DaybookServer: Service {
    let options: ServerOptions
    let node: DaybookNode
    let registrations: RegistrationService
    let metrics: [@Sendable (inout MetricsText) async -> Void]
    let logger: Logger
    let live: LiveParts
    let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - node: one that does not run yet, so that live push misses nothing of what it does.
    ///   - registrations: works for the node's registrations while somebody runs it.
    ///   - metrics: what others have to add to `/metrics`.
    ///   - onListening: called once with the port.
    public init(
        node: DaybookNode, registrations: RegistrationService, options: ServerOptions = ServerOptions(),
        metrics: [@Sendable (inout MetricsText) async -> Void] = [], logger: Logger = Logger(label: "daybook.server"),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.node = node
        self.registrations = registrations
        self.options = options
        self.metrics = metrics
        self.logger = logger
        self.onListening = onListening
        let gatekeeper = Gatekeeper(node: node, options: options, logger: logger)
        live = LiveParts(node: node, feed: LiveFeed(node), options: options, gatekeeper: gatekeeper)
        node.observe(live.feed)
    }

    /// Serves until it is shut down gracefully: then no new request is taken, and those at work are answered.
    ///
    /// - Throws: ``ListenRefusal`` when it may not listen where it is to.
    public func run() async throws {
        guard try await mayListen() else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let identity = options.tls { group.addTask { await keepFresh(identity) } }
            defer { group.cancelAll() }
            try await application().run()
        }
    }

    /// Waits until it is known whether others may reach it, where they can.
    ///
    /// - Returns: false when it was shut down before.
    private func mayListen() async throws -> Bool {
        guard !options.isLoopbackOnly, !options.isInsecure, options.tokenVerifiers.isEmpty else { return true }
        let patience = Task { [logger] in
            try await Task.sleep(for: .seconds(3))
            logger.notice("it listens once the log is open: whether there are keys to tell others by is in there")
        }
        defer { patience.cancel() }
        let node = node
        guard let parts = try? await cancelWhenGracefulShutdown({ try await node.whenOpen() }) else { return false }
        if parts.catalog.keys.isEmpty { throw ListenRefusal(host: options.host) }
        return true
    }

    /// Takes in certificates that were renewed.
    private func keepFresh(_ identity: TLSIdentity) async {
        while (try? await Task.sleep(for: options.tlsInterval)) != nil {
            // Files may be slow; the threads of tasks are for what is not.
            guard let renewal = try? await NIOThreadPool.singleton.runIfActive({ identity.renew() }) else { return }
            switch renewal {
            case .unchanged: break
            case .renewed: logger.info("a renewed certificate is in use")
            case .failed(let reason):
                logger.error(
                    "the certificate was changed and cannot be used; the one before stays in use",
                    metadata: ["error": "\(reason)"])
            }
        }
    }
}
