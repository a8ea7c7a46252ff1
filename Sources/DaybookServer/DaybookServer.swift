public import DaybookIndex
public import Logging
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
        live = LiveParts(node: node, feed: LiveFeed(node), options: options)
        node.observe(live.feed)
    }

    /// Serves until it is shut down gracefully: then no new request is taken, and those at work are answered.
    public func run() async throws {
        try await application().run()
    }
}
