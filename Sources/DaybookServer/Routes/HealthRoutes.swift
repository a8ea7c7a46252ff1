import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/livez`: the process answers. `/readyz`: it can do its work: the log can be reached, and the index has caught up.
struct HealthRoutes {
    let readiness: Readiness

    @Sendable func live(_ request: Request, _ context: ServerRequestContext) -> Response {
        .json { json in
            json.key("status")
            json.string("ok")
        }
    }

    @Sendable func ready(_ request: Request, _ context: ServerRequestContext) async -> Response {
        let checks = await readiness.checks()
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

extension Readiness {
    /// Of a node: its log can be reached and written to, and its index follows the log.
    convenience init(_ node: DaybookNode) {
        self.init([
            (
                "log",
                { @Sendable in
                    let log = try node.parts().log
                    return { try await log.checkHealth() }
                }
            ),
            (
                "index",
                { @Sendable in
                    let state = try node.parts().projector.state
                    if state != .following { throw NodeUnavailable(state.description) }
                    return nil
                }
            ),
        ])
    }
}
