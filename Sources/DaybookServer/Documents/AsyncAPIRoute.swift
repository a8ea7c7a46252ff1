import Daybook
import DaybookIndex
import Hummingbird
import LosslessJSON

/// `GET /asyncapi.json`: the streams of this log, the topics that are known to be in them, and the live channels.
struct AsyncAPIRoute {
    let parts: ServerParts

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let document = AsyncAPIDocument(catalog: try parts.open().catalog, host: request.head.authority ?? "localhost")
        return .json(JSONText(document.json).bytes)
    }
}
