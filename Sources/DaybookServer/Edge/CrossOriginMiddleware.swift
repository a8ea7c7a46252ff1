import HTTPTypes
import Hummingbird
import Logging

/// Lets pages of allowed origins read answers: CORS, as the Fetch standard has it. Around everything else, so that refusals
/// can be read, too.
///
/// Pages send their key in a header and nothing of it by themselves, so that they are never allowed credentials in the
/// standard's sense (cookies).
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE"
    private static let requestHeaders =
        "Authorization, Content-Type, Daybook-Min-Position, Idempotency-Key, Last-Event-ID, traceparent, X-Api-Key,"
        + " X-As-User, X-Request-ID, X-Sender, X-Sender-Type, X-Worker-ID"
    private static let responseHeaders =
        "Allow, Daybook-Applied, Daybook-Found-In, Daybook-Position, Daybook-Warnings, Link, Location, Retry-After,"
        + " WWW-Authenticate, X-Request-ID"
    /// For how many seconds browsers may remember what they are allowed.
    private static let maximumAge = "600"

    let origins: WebOrigins

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty else { return try await next(request, context) }
        let origin = request.headers[.origin].flatMap { origins.allows($0) ? $0 : nil }
        if let origin, request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            return Response(
                status: .noContent,
                headers: [
                    .accessControlAllowOrigin: origin, .accessControlAllowMethods: Self.methods,
                    .accessControlAllowHeaders: Self.requestHeaders, .accessControlMaxAge: Self.maximumAge,
                    .vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
                ])
        }
        var response = try await next(request, context)
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if let origin {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] = Self.responseHeaders
        }
        return response
    }
}

/// Refuses what pages of other origins send to change something, see ``WebOrigins``.
struct PageMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let origins: WebOrigins
    let logger: Logger

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        if let reason = origins.refusal(of: request.head) {
            RefusalLog(
                logger: logger, method: request.method.rawValue, route: String(request.uri.path.prefix(200)),
                requestLogger: context.logger, peer: context.peer
            ).write(reason, name: "a web page")
            throw Problem(.forbidden, reason)
        }
        return try await next(request, context)
    }
}
