import HTTPTypes
import Hummingbird

/// Routes of one path: those it has, each with what a caller needs for it, and for all other methods the answer 405.
final class RouteTable {
    typealias Handler = @Sendable (Request, ServerRequestContext) async throws -> Response

    /// One method of a path.
    struct Route: Hashable {
        var method: HTTPRequest.Method
        var path: String
        var access: RouteAccess
    }

    /// The methods HTTP knows, but for CONNECT, which has no path.
    static let methods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace] + ["QUERY"].compactMap { HTTPRequest.Method($0) }

    let router: Router<ServerRequestContext>
    private let gatekeeper: Gatekeeper
    /// What was added.
    private(set) var routes: [Route] = []

    init(router: Router<ServerRequestContext>, gatekeeper: Gatekeeper) {
        self.router = router
        self.gatekeeper = gatekeeper
    }

    func add(_ path: String, _ handlers: [HTTPRequest.Method: GuardedHandler]) {
        let pattern = RouterPath(path)
        for (method, guarded) in handlers.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            routes.append(Route(method: method, path: path, access: guarded.access))
            let handler = Pace.short(guarded.handler)
            router.on(pattern, method: method) { [gatekeeper] request, context in
                let (request, context) = try await gatekeeper.admit(request, context, to: guarded.access)
                return try await handler(request, context)
            }
        }
        var allowed = Set(handlers.keys)
        // The router answers HEAD wherever there is a GET.
        if allowed.contains(.get) { allowed.insert(.head) }
        let list = Self.methods.filter(allowed.contains).map(\.rawValue).joined(separator: ", ")
        for method in Self.methods where !allowed.contains(method) {
            router.on(pattern, method: method) { request, _ -> Response in
                var problem = Problem(.methodNotAllowed, "Method Not Allowed: \(request.uri.path) takes \(list)")
                problem.headers[.allow] = list
                throw problem
            }
        }
    }
}
