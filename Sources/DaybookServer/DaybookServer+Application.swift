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
            server: HTTPServerBuilder { [options, live, origins] responder in
                let http = LoopBoundChannel(
                    base: HTTP1Channel(responder: responder, configuration: Self.http1(options, live, origins)))
                guard let identity = options.tls else { return http }
                return try TLSConnections(http, identity, handshakeTimeout: options.headerTimeout)
            },
            configuration: .init(
                address: options.socketPath.map { .unixDomainSocket(path: $0) }
                    ?? .hostname(options.host, port: options.port),
                serverName: "daybook",
                availableConnectionsDelegate: MaximumAvailableConnections(options.maximumConnections, logger: logger)),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Which web pages may use it.
    private var origins: WebOrigins { WebOrigins(options) { [gatekeeper = live.gatekeeper] in gatekeeper.isOpen } }

    private static func http1(
        _ options: ServerOptions, _ live: LiveParts, _ origins: WebOrigins
    ) -> HTTP1Channel.Configuration {
        let limits = RequestGuard.Limits(
            head: options.headerTimeout, request: options.requestTimeout, answer: options.idleTimeout,
            uriBytes: options.maximumURIBytes, headerBytes: options.maximumHeaderBytes,
            headerCount: options.maximumHeaderCount)
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                RequestGuard(limits), ContinueHandler(),
                WebSocketUpgradeHandler(path: "/ws", limits: live.webSocketLimits, refusal: origins.webSocketRefusal) {
                    _ in
                    LiveSession(live)
                },
            ], idleTimeout: .init(options.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: options.maximumHeaderBytes, maxHeaderListSize: options.maximumHeaderBytes,
                maxHeaderFieldCount: options.maximumHeaderCount))
    }

    private func router() -> Router<ServerRequestContext> { routes().router }

    /// All routes, each with what a caller needs for it.
    func routes() -> RouteTable {
        let http = HTTPMetrics()
        let router = Router(context: ServerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: CrossOriginMiddleware(origins: origins))
        router.add(middleware: EdgeMiddleware(metrics: http, maximumURIBytes: options.maximumURIBytes))
        router.add(middleware: PageMiddleware(origins: origins, logger: logger))
        let routes = RouteTable(router: router, gatekeeper: live.gatekeeper)
        let parts = ServerParts(node: node, options: options)

        addAyon(routes, parts)
        let list = EventListRoute(parts: parts)
        let posts = EventWriteRoute(parts: parts)
        routes.add("/api/events", [.get: .filtered(Pace.long(list.get)), .post: .some(.publish, posts.post)])
        let events = EventRoutes(parts: parts)
        routes.add(
            "/api/events/{id}",
            [
                .get: .filtered(events.get), .patch: .some(.change, events.patch),
                .delete: .some(.admin, events.delete),
            ])
        routes.add("/api/events/{id}/history", [.get: .filtered(Pace.long(HistoryRoute(parts: parts).get))])
        routes.add("/api/enroll", [.post: .some(.enroll, EnrollRoute(parts: parts).post)])
        routes.add("/api/jobs", [.get: .some(.enroll, Pace.long(JobsRoute(parts: parts).get))])
        routes.add("/api/replay", [.get: .some(.replay, Pace.long(ReplayRoute(parts: parts).get))])
        routes.add("/api/stream", [.get: .filtered(Pace.long(StreamRoute(parts: parts, live: live).get))])
        // A WebSocket says who it is in its first message.
        routes.add("/ws", [.get: .open(WebSocketRoute(origins: origins, logger: logger).get)])
        routes.add("/api/topics", [.get: .filtered(Pace.long(TopicsRoute(parts: parts).get))])
        let topic = TopicRoutes(parts: parts)
        routes.add(
            "/api/topics/{topic}",
            [
                .get: .some(.read, topic.get), .put: .every(.admin, topic.put),
                .delete: .every(.admin, topic.delete),
            ])
        routes.add("/api/index", [.get: .every(.admin, Pace.long(IndexRoute(parts: parts).get))])

        let registrations = RegistrationParts(parts: parts, service: registrations)
        addRegistrations(routes, registrations)
        let graphQL = GraphQLRoute(parts: parts, registrations: registrations)
        routes.add(
            "/graphql", [.get: .filtered(Pace.long(graphQL.get)), .post: .filtered(Pace.long(graphQL.post))])
        let keys = KeyRoutes(parts: parts)
        routes.add("/api/keys", [.get: .every(.admin, keys.list), .post: .every(.admin, keys.create)])
        routes.add("/api/keys/{name}", [.delete: .every(.admin, keys.revoke)])
        let health = HealthRoutes(readiness: Readiness(node))
        routes.add("/livez", [.get: .open(health.live)])
        routes.add("/readyz", [.get: .open(health.ready)])
        let metrics = MetricsRoute(
            sources: [
                http.write, nodeMetrics(node), bodyMetrics(parts.bodies), RegistrationMetrics(self.registrations).write,
                LiveMetrics(feed: live.feed).write,
            ] + metrics)
        routes.add("/metrics", [.get: .telling(Pace.long(metrics.get))])
        routes.add("/openapi.json", [.get: .open(OpenAPIRoute().get)])
        // It names streams and topics.
        routes.add("/asyncapi.json", [.get: .every(.read, Pace.long(AsyncAPIRoute(parts: parts).get))])
        return routes
    }

    /// What AYON's client needs besides the routes of events.
    private func addAyon(_ routes: RouteTable, _ parts: ServerParts) {
        let bootstrap = AyonBootstrapRoutes(version: options.ayonVersion)
        routes.add("/", [.get: .open(bootstrap.root)])
        routes.add("/api/info", [.get: .open(bootstrap.info)])
        routes.add("/api/users/me", [.get: .filtered(bootstrap.me)])
        routes.add("/api/attributes", [.get: .filtered(bootstrap.attributes)])
        routes.add("/api/auth/login", [.post: .open(bootstrap.login)])
        routes.add("/api/eventops", [.post: .some(.admin, Pace.long(AyonOperationRoute(parts: parts).post))])
    }

    private func addRegistrations(_ routes: RouteTable, _ parts: RegistrationParts) {
        // Whose they are, the routes look themselves.
        let all = RegistrationsRoute(parts: parts)
        routes.add("/api/registrations", [.get: .some(.read, Pace.long(all.get)), .post: .some(.read, all.post)])
        let one = RegistrationRoute(parts: parts)
        routes.add(
            "/api/registrations/{name}",
            [.get: .some(.read, one.get), .patch: .some(.read, one.patch), .delete: .some(.read, one.delete)])
        routes.add("/api/registrations/{name}/pause", [.post: .some(.read, one.pause)])
        routes.add("/api/registrations/{name}/resume", [.post: .some(.read, one.resume)])
        routes.add("/api/registrations/{name}/reset", [.post: .some(.replay, one.reset)])
        routes.add(
            "/api/registrations/{name}/replay",
            [.post: .some(.replay, Pace.long(RegistrationReplayRoute(parts: parts).post))])
        let pulls = PullRoutes(parts: parts)
        routes.add("/api/registrations/{name}/pull", [.post: .some(.read, pulls.pull)])
        routes.add("/api/registrations/{name}/ack", [.post: .some(.read, pulls.ack)])
        routes.add("/api/registrations/{name}/nack", [.post: .some(.read, pulls.nack)])
        routes.add("/api/registrations/{name}/extend", [.post: .some(.read, pulls.extend)])
        routes.add(
            "/api/registrations/{name}/deliveries", [.get: .some(.read, DeliveryRoute(parts: parts).list)])
        let letters = DeadLetterRoutes(parts: parts)
        routes.add("/api/registrations/{name}/dead-letters", [.get: .some(.read, Pace.long(letters.list))])
        routes.add("/api/registrations/{name}/dead-letters/redrive", [.post: .some(.read, letters.redrive)])
        routes.add("/api/registrations/{name}/dead-letters/drop", [.post: .some(.read, letters.drop)])
        routes.add("/api/registrations/{name}/dead-letters/{position}", [.get: .some(.read, letters.get)])
    }
}
