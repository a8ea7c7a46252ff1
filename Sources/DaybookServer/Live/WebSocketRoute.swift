import HTTPTypes
import Hummingbird
import WebSocket

/// `/ws` for requests that open no WebSocket: says what is wrong with them. Those that do are taken before the router.
struct WebSocketRoute {
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        do throws(WebSocketHandshake.Refusal) {
            _ = try WebSocketHandshake(request.head)
        } catch {
            var problem = Problem(error.status, error.reason)
            problem.headers = error.headers
            throw problem
        }
        throw Problem(
            .badRequest, "a WebSocket is opened on a connection on which no other request is waiting for its answer")
    }
}
