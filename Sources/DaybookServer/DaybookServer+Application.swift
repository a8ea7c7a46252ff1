import Daybook
import DaybookIndex
import Hummingbird
import HummingbirdCore
import NIOCore
import Prometheus

extension DaybookServer {
    /// The routes and everything around them.
    func application() -> some ApplicationProtocol {
        Application(
            router: router(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ContinueHandler()], idleTimeout: .init(options.idleTimeout),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: options.maximumHeaderBytes, maxHeaderListSize: options.maximumHeaderBytes,
                        maxHeaderFieldCount: 200))),
            configuration: .init(
                address: options.socketPath.map { .unixDomainSocket(path: $0) }
                    ?? .hostname(options.host, port: options.port),
                serverName: "daybook",
                availableConnectionsDelegate: MaximumAvailableConnections(options.maximumConnections, logger: logger)),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    private func router() -> Router<ServerRequestContext> {
        let http = HTTPMetrics()
        let router = Router(context: ServerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: EdgeMiddleware(metrics: http))
        let routes = RouteTable(router: router)
        let parts = ServerParts(node: node, options: options)

        let list = EventListRoute(parts: parts)
        let posts = EventWriteRoute(parts: parts)
        routes.add("/api/events", [.get: list.get, .post: posts.post])
        let events = EventRoutes(parts: parts)
        routes.add("/api/events/{id}", [.get: events.get, .patch: events.patch, .delete: events.delete])
        routes.add("/api/events/{id}/history", [.get: HistoryRoute(parts: parts).get])
        routes.add("/api/enroll", [.post: EnrollRoute(parts: parts).post])
        routes.add("/api/jobs", [.get: JobsRoute(parts: parts).get])
        routes.add("/api/replay", [.get: ReplayRoute(parts: parts).get])
        routes.add("/api/topics", [.get: TopicsRoute(parts: parts).get])
        routes.add("/api/index", [.get: IndexRoute(parts: parts).get])

        let health = HealthRoutes(readiness: Readiness(node))
        routes.add("/livez", [.get: health.live])
        routes.add("/readyz", [.get: health.ready])
        let metrics = MetricsRoute(sources: [http.write, nodeMetrics(node), bodyMetrics(parts.bodies)] + metrics)
        routes.add("/metrics", [.get: metrics.get])
        return router
    }
}
