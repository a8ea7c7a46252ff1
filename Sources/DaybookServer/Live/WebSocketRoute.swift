import HTTPTypes
import Hummingbird
import Logging
import WebSocket

/// `/ws` for requests that open no WebSocket: says what is wrong with them. Those that do are taken before the router.
struct WebSocketRoute {
    let origins: WebOrigins
    let logger: Logger

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        do throws(WebSocketHandshake.Refusal) {
            _ = try WebSocketHandshake(request.head, refusal: origins.webSocketRefusal)
        } catch {
            if error.status == .forbidden {
                RefusalLog(
                    logger: logger, method: "GET", route: "/ws", requestLogger: context.logger, peer: context.peer
                ).write(error.reason, name: "a web page")
            }
            var problem = Problem(error.status, error.reason)
            problem.headers = error.headers
            throw problem
        }
        throw Problem(
            .badRequest, "a WebSocket is opened on a connection on which no other request is waiting for its answer")
    }
}
