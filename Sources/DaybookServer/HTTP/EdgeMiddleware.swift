import HTTPTypes
import Hummingbird
import Logging
import Prometheus

/// What every answer has, whatever the route: an `X-Request-ID`, a problem body when it is a refusal, and a place in
/// the metrics.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let metrics: HTTPMetrics
    let maximumURIBytes: Int

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let requestID = Self.requestID(of: request) ?? context.id
        metrics.inFlight.add(1)
        defer { metrics.inFlight.add(-1) }
        var response: Response
        do {
            if request.uri.string.utf8.count > maximumURIBytes { throw Problem.uriTooLong(maximumURIBytes) }
            // The router passes over a slash at the end; AYON does not.
            if request.uri.path.hasSuffix("/"), request.uri.path != "/" { throw HTTPError(.notFound) }
            response = try await next(request, context)
        } catch {
            let problem = Self.problem(for: error, request: request, logger: context.logger)
            response = problem.response(to: request, requestID: requestID)
        }
        response.headers[.requestID] = requestID
        metrics.observe(
            method: request.method, route: context.endpointPath, status: response.status,
            duration: start.duration(to: .now))
        return response
    }

    /// The caller's own id for the request, if it is one that can be written to a log line as it is.
    private static func requestID(of request: Request) -> String? {
        guard let id = request.headers[.requestID], (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return id
    }

    private static func problem(for error: any Error, request: Request, logger: Logger) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound:
            return Problem(.notFound, "there is no route \(request.uri.path)")
        case let error as HTTPError:
            return Problem(error.status, error.body ?? error.status.reasonPhrase)
        case is CancellationError:
            return .unavailable("the server is shutting down")
        default:
            // Internals go to the log, not to the caller, who finds the line by the request's id.
            logger.error("request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return Problem(.internalServerError, "the server failed to handle this request; its log says why")
        }
    }
}
