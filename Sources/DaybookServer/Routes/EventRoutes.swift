import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

/// `/api/events/{id}`: one event, as AYON's client reads, changes and deletes it.
struct EventRoutes {
    let parts: ServerParts

    /// 200 with AYON's 15 members, or those that `fields` names.
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let id = try Self.id(context)
        let query = try QueryParameters(request.uri.query, known: ["fields"])
        let fields = try query.fields() ?? .ayon
        let reader = try parts.reader(context.access)
        let freshness = try await reader.catchUp(to: request)
        let (json, headers) = try await reader.json(of: id, fields, parts.search)
        return .json(json, headers: headers + freshness.headers)
    }

    /// 204. What the body does not name stays; objects are replaced.
    @Sendable func patch(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let id = try Self.id(context)
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let update = try await parts.bodies.withBody(of: request, limit: parts.limits.event) { body in
            try AyonUpdate(JSONMembers.read(body, parts.limits.json))
        }
        let reader = try parts.reader(context.access)
        _ = try await reader.catchUp(to: request)
        let reference = try await reader.reference(of: id, parts.search)
        let sender = AyonSender(request.headers, context.caller)
        let change = update.change(of: reference.event, by: sender)
        return try await write(
            context.access.permit(.change(reference, change)), context.access, actor: sender.sender ?? change.sender,
            holder: sender.holder(orElse: change.sender))
    }

    /// 204, also when there was nothing; 409 when another event depends on it.
    @Sendable func delete(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let id = try Self.id(context)
        _ = try QueryParameters(request.uri.query, known: [])
        let reader = try parts.reader(context.access)
        _ = try await reader.catchUp(to: request)
        let reference: EventReference
        do {
            reference = try await reader.reference(of: id, parts.search)
        } catch let problem as Problem where problem.status == .notFound {
            return Response(status: .noContent)
        }
        let write = try context.access.permit(.delete(reference))
        guard try await reader.index.children(of: id, limit: 1).isEmpty else {
            throw Problem(.conflict, "another event depends on this one: delete that one first")
        }
        return try await self.write(
            write, context.access, actor: AyonSender(request.headers, context.caller).sender, holder: nil)
    }

    private func write(
        _ write: PermittedWrite, _ access: RequestAccess, actor: String?, holder: Holder?
    ) async throws -> Response {
        let outcome = try await parts.writer(access).write([write], actor: actor, holder: holder)
        switch outcome.results[0] {
        case .success(let published):
            var headers: HTTPFields = [.daybookPosition: published.position.description]
            if !outcome.isApplied { headers[.daybookApplied] = "false" }
            if !published.warnings.isEmpty { headers[.daybookWarnings] = "\(published.warnings.count)" }
            return Response(status: .noContent, headers: headers)
        case .failure(let error): throw Problem(error, eventID: write.write.eventID)
        }
    }

    static func id(_ context: ServerRequestContext) throws(Problem) -> EventID {
        guard let text = context.parameters.get("id"), let id = EventID(text) else {
            throw .validation([
                .init(["path", "event_id"], "must be 32 lower-case hex digits", type: "string_pattern_mismatch")
            ])
        }
        return id
    }
}
