import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /openapi.json`: what the HTTP interface is, as it lies in the repository.
struct OpenAPIRoute {
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        return .json(OpenAPIDocument.bytes)
    }
}

extension OpenAPIDocument {
    static var bytes: [UInt8] { json.withUTF8Buffer { Array($0) } }
}
