import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /api/index`: the whole index in its canonical form, one event a line in the order of ids. Indexes made from the
/// same records give the same text.
struct IndexRoute {
    let parts: ServerParts

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let reader = try parts.reader(context.access)
        let freshness = try await reader.catchUp(to: request)
        var headers = freshness.headers
        headers[.contentType] = BodyType.ndjson.name
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await reader.index.dump { bytes in
                    if let end = context.access.end { throw Problem(.unauthorized, end) }
                    try await writer.write(ByteBuffer(bytes: bytes))
                }
                try await writer.finish(nil)
            })
    }
}
