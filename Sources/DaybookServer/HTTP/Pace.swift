import HTTPTypes
import Hummingbird

/// Where requests are answered, by how long that may keep a processor busy.
enum Pace {
    /// Bodies that are larger than this take a while to be read.
    private static let largeBody = 64 << 10

    /// On the thread of the connection, but for large bodies.
    static func short(_ handler: @escaping RouteTable.Handler) -> RouteTable.Handler {
        { request, context in
            if isSmall(request) { return try await handler(request, context) }
            return try await elsewhere(request, context, handler)
        }
    }

    /// Beside it, because the other connections of that thread would wait: for what looks through the index or streams
    /// records.
    static func long(_ handler: @escaping RouteTable.Handler) -> RouteTable.Handler {
        { request, context in try await elsewhere(request, context, handler) }
    }

    private static func elsewhere(
        _ request: Request, _ context: ServerRequestContext, _ handler: RouteTable.Handler
    ) async throws -> Response {
        try await EventLoopTaskExecutor.$current.withValue(nil) {
            var response = try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await handler(request, context)
            }
            // Large answers are written while they are made.
            if response.body.contentLength == nil {
                let body = response.body
                response.body = ResponseBody { writer in
                    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await body.write(writer) }
                }
            }
            return response
        }
    }

    private static func isSmall(_ request: Request) -> Bool {
        if request.method == .get || request.method == .head { return true }
        if let length = request.headers[.contentLength] { return Int(length).map { $0 <= largeBody } ?? false }
        return request.headers[.transferEncoding] == nil
    }
}
