import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON
import ServiceLifecycle

/// Deliveries for clients in any language: fetched with a lease, then acknowledged, refused, or held for longer.
struct PullRoutes {
    /// How many deliveries one request may fetch.
    static let maximum = 1000
    private static let leases = 0.1...86_400.0

    let parts: RegistrationParts

    /// 200 with `{"deliveries": […]}`; the list is empty when nothing came in time.
    @Sendable func pull(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let (maximum, wait, lease) = try await parts.body(of: request) { members in
            (
                members.integer("max", in: 1...Self.maximum) ?? 100,
                members.seconds("waitSeconds", in: 0...3600) ?? .zero,
                members.seconds("leaseSeconds", in: Self.leases)
            )
        }
        let name = try parts.registration(context).name
        let host = try parts.host()
        let access = context.access
        // A connection on which nothing happens is closed.
        let patience = min(wait, parts.parts.options.idleTimeout * 5 / 6)
        let leased: [PullQueue.Leased]
        do {
            leased = try await cancelWhenGracefulShutdown {
                try await access.whileValid {
                    try await host.pull(name, maximum: maximum, wait: patience, lease: lease)
                }
            }
        } catch {
            throw Problem.registration(error, isWrite: false)
        }
        return .json { json in
            json.key("deliveries")
            json.beginArray()
            for one in leased { one.write(to: &json) }
            json.endArray()
        }
    }

    /// 200 with `{"expired": […]}`.
    @Sendable func ack(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let tokens = try await parts.body(of: request) { Self.tokens(&$0) }
        return try answer(context, tokens, .handled)
    }

    /// 200 with `{"expired": […]}`.
    @Sendable func nack(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let (tokens, answer) = try await parts.body(of: request) { members in
            let tokens = Self.tokens(&members)
            let reason = members.string("reason") ?? "the client gave it back"
            let after = members.seconds("retryAfterSeconds", in: 0...86_400)
            let isPermanent = members.bool("permanent") ?? false
            if isPermanent, after != nil {
                members.fail("retryAfterSeconds", "makes no sense with permanent: it is not tried again")
            }
            return (tokens, isPermanent ? PullQueue.Answer.refused(reason) : .failed(reason, after: after))
        }
        return try self.answer(context, tokens, answer)
    }

    /// 200 with `{"expired": […]}`.
    @Sendable func extend(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let (tokens, lease) = try await parts.body(of: request) { members in
            (Self.tokens(&members), members.seconds("leaseSeconds", in: Self.leases))
        }
        let own = try parts.registration(context).policy.attemptTimeout
        return try answer(context, tokens, .extended(lease ?? own))
    }

    private static func tokens(_ members: inout BodyMembers) -> [String] {
        let tokens = members.strings("tokens", maximum: maximum)
        members.require("tokens", tokens)
        return tokens ?? []
    }

    private func answer(
        _ context: ServerRequestContext, _ tokens: [String], _ answer: PullQueue.Answer
    ) throws -> Response {
        let expired: [String]
        do {
            expired = try parts.host().answer(parts.registration(context).name, tokens, answer)
        } catch {
            throw Problem.registration(error, isWrite: false)
        }
        return .json { json in
            json.key("expired")
            json.beginArray()
            for token in expired { json.string(token) }
            json.endArray()
        }
    }
}

extension PullQueue.Leased {
    fileprivate func write(to json: inout JSONWriter) {
        let entry = delivery.entry
        json.beginObject()
        json.key("token")
        json.string(token)
        json.key("attempt")
        json.int(delivery.attempt)
        json.key("position")
        json.string(entry.position.description)
        json.key("logTime")
        json.string(entry.time.description)
        entry.record.writeDelivered(to: &json)
        json.endObject()
    }
}

extension EventRecord {
    /// Writes `operation`, for a change `changes`, and `event` with what the record says of it, as members of an object
    /// that is open already.
    func writeDelivered(to json: inout JSONWriter, payload: Bool = true) {
        json.key("operation")
        json.string(operation.rawValue)
        if operation == .changed {
            json.key("changes")
            json.beginArray()
            for name in changes.wireText.split(separator: ",") {
                json.string(name == "sendertype" ? "senderType" : String(name))
            }
            json.endArray()
        }
        if let actor = actor ?? event.sender {
            json.key("actor")
            json.string(actor)
        }
        json.key("event")
        json.beginObject()
        event.writeMembers(to: &json, payload: payload)
        json.endObject()
    }
}
