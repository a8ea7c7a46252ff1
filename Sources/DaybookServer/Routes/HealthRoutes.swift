import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/livez`: the process answers. `/readyz`: it can do its work: the log can be reached, and the index has caught up.
struct HealthRoutes {
    let readiness: Readiness

    func add(to routes: RouteTable) {
        routes.add(
            "/livez",
            [
                .get: { _, _ in
                    .json {
                        $0.key("status"); $0.string("ok")
                    }
                }
            ])
        routes.add("/readyz", [.get: { _, _ in Self.response(await readiness.checks()) }])
    }

    private static func response(_ checks: [Readiness.Check]) -> Response {
        let isReady = checks.allSatisfy { $0.failure == nil }
        return .json(status: isReady ? .ok : .serviceUnavailable, headers: isReady ? [:] : [.retryAfter: "1"]) { json in
            json.key("status")
            json.string(isReady ? "ready" : "not ready")
            json.key("checks")
            json.beginArray()
            for check in checks {
                json.beginObject()
                json.key("name")
                json.string(check.name)
                json.key("status")
                json.string(check.failure == nil ? "ok" : "failed")
                if let failure = check.failure {
                    json.key("detail")
                    json.string(failure)
                }
                json.endObject()
            }
            json.endArray()
        }
    }
}
