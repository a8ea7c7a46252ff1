import HTTPTypes
import Hummingbird

/// Routes of one path: those it has, and for all other methods the answer 405.
struct RouteTable {
    typealias Handler = @Sendable (Request, ServerRequestContext) async throws -> Response

    /// The methods HTTP knows (CONNECT and TRACE, which are no business of a server like this, aside).
    static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    let router: Router<ServerRequestContext>

    func add(_ path: RouterPath, _ handlers: [HTTPRequest.Method: Handler]) {
        for (method, handler) in handlers { router.on(path, method: method, use: Pace.short(handler)) }
        var allowed = Set(handlers.keys)
        // The router answers HEAD wherever there is a GET.
        if allowed.contains(.get) { allowed.insert(.head) }
        let list = Self.methods.filter(allowed.contains).map(\.rawValue).joined(separator: ", ")
        for method in Self.methods where !allowed.contains(method) {
            router.on(path, method: method) { request, _ -> Response in
                var problem = Problem(.methodNotAllowed, "Method Not Allowed: \(request.uri.path) takes \(list)")
                problem.headers[.allow] = list
                throw problem
            }
        }
    }
}
