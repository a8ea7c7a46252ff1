import Daybook
import DaybookIndex
import Hummingbird
import HummingbirdCore
import NIOCore
import Prometheus
import WebSocket

extension DaybookServer {
    /// The routes and everything around them.
    func application() -> some ApplicationProtocol {
        Application(
            router: router(),
            server: HTTPServerBuilder { [options, live] responder in
                LoopBoundChannel(base: HTTP1Channel(responder: responder, configuration: Self.http1(options, live)))
            },
            configuration: .init(
                address: options.socketPath.map { .unixDomainSocket(path: $0) }
                    ?? .hostname(options.host, port: options.port),
                serverName: "daybook",
                availableConnectionsDelegate: MaximumAvailableConnections(options.maximumConnections, logger: logger)),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    private static func http1(_ options: ServerOptions, _ live: LiveParts) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ContinueHandler(),
                WebSocketUpgradeHandler(path: "/ws", limits: live.webSocketLimits) { _ in LiveSession(live) },
            ], idleTimeout: .init(options.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: options.maximumHeaderBytes, maxHeaderListSize: options.maximumHeaderBytes,
                maxHeaderFieldCount: 200))
    }

    private func router() -> Router<ServerRequestContext> {
        let http = HTTPMetrics()
        let router = Router(context: ServerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: EdgeMiddleware(metrics: http))
        let routes = RouteTable(router: router)
        let parts = ServerParts(node: node, options: options)

        addAyon(routes, parts)
        let list = EventListRoute(parts: parts)
        let posts = EventWriteRoute(parts: parts)
        routes.add("/api/events", [.get: Pace.long(list.get), .post: posts.post])
        let events = EventRoutes(parts: parts)
        routes.add("/api/events/{id}", [.get: events.get, .patch: events.patch, .delete: events.delete])
        routes.add("/api/events/{id}/history", [.get: Pace.long(HistoryRoute(parts: parts).get)])
        routes.add("/api/enroll", [.post: EnrollRoute(parts: parts).post])
        routes.add("/api/jobs", [.get: Pace.long(JobsRoute(parts: parts).get)])
        routes.add("/api/replay", [.get: Pace.long(ReplayRoute(parts: parts).get)])
        routes.add("/api/stream", [.get: Pace.long(StreamRoute(parts: parts, live: live).get)])
        routes.add("/ws", [.get: WebSocketRoute().get])
        routes.add("/api/topics", [.get: Pace.long(TopicsRoute(parts: parts).get)])
        let topic = TopicRoutes(parts: parts)
        routes.add("/api/topics/{topic}", [.get: topic.get, .put: topic.put, .delete: topic.delete])
        routes.add("/api/index", [.get: Pace.long(IndexRoute(parts: parts).get)])

        let registrations = RegistrationParts(parts: parts, service: registrations)
        addRegistrations(routes, registrations)
        let graphQL = GraphQLRoute(parts: parts, registrations: registrations)
        routes.add("/graphql", [.get: Pace.long(graphQL.get), .post: Pace.long(graphQL.post)])
        let health = HealthRoutes(readiness: Readiness(node))
        routes.add("/livez", [.get: health.live])
        routes.add("/readyz", [.get: health.ready])
        let metrics = MetricsRoute(
            sources: [
                http.write, nodeMetrics(node), bodyMetrics(parts.bodies), RegistrationMetrics(self.registrations).write,
                LiveMetrics(feed: live.feed).write,
            ] + metrics)
        routes.add("/metrics", [.get: Pace.long(metrics.get)])
        return router
    }

    /// What AYON's client needs besides the routes of events.
    private func addAyon(_ routes: RouteTable, _ parts: ServerParts) {
        let bootstrap = AyonBootstrapRoutes(version: options.ayonVersion)
        routes.add("/", [.get: bootstrap.root])
        routes.add("/api/info", [.get: bootstrap.info])
        routes.add("/api/users/me", [.get: bootstrap.me])
        routes.add("/api/attributes", [.get: bootstrap.attributes])
        routes.add("/api/auth/login", [.post: bootstrap.login])
        routes.add("/api/eventops", [.post: Pace.long(AyonOperationRoute(parts: parts).post)])
    }

    private func addRegistrations(_ routes: RouteTable, _ parts: RegistrationParts) {
        let all = RegistrationsRoute(parts: parts)
        routes.add("/api/registrations", [.get: Pace.long(all.get), .post: all.post])
        let one = RegistrationRoute(parts: parts)
        routes.add("/api/registrations/{name}", [.get: one.get, .patch: one.patch, .delete: one.delete])
        routes.add("/api/registrations/{name}/pause", [.post: one.pause])
        routes.add("/api/registrations/{name}/resume", [.post: one.resume])
        routes.add("/api/registrations/{name}/reset", [.post: one.reset])
        routes.add("/api/registrations/{name}/replay", [.post: Pace.long(RegistrationReplayRoute(parts: parts).post)])
        let pulls = PullRoutes(parts: parts)
        routes.add("/api/registrations/{name}/pull", [.post: pulls.pull])
        routes.add("/api/registrations/{name}/ack", [.post: pulls.ack])
        routes.add("/api/registrations/{name}/nack", [.post: pulls.nack])
        routes.add("/api/registrations/{name}/extend", [.post: pulls.extend])
        routes.add("/api/registrations/{name}/deliveries", [.get: DeliveryRoute(parts: parts).list])
        let letters = DeadLetterRoutes(parts: parts)
        routes.add("/api/registrations/{name}/dead-letters", [.get: Pace.long(letters.list)])
        routes.add("/api/registrations/{name}/dead-letters/redrive", [.post: letters.redrive])
        routes.add("/api/registrations/{name}/dead-letters/drop", [.post: letters.drop])
        routes.add("/api/registrations/{name}/dead-letters/{position}", [.get: letters.get])
    }
}
