import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/api/registrations`: all of them, and new ones.
struct RegistrationsRoute {
    let parts: RegistrationParts

    /// 200 with `{"registrations": […]}`, by name; `lag=true` looks in the log how far each is.
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["lag"])
        let withLag = try query.flag("lag") ?? false
        let registrations = try parts.registrations()
        let service = parts.service
        let views = try await parts.read {
            try await RegistrationView.all(
                registrations.all.filter(context.access.mayManage), withLag: withLag, in: registrations, service)
        }
        return .json { json in
            json.key("registrations")
            json.beginArray()
            for view in views {
                json.beginObject()
                view.write(to: &json, isDetailed: false)
                json.endObject()
            }
            json.endArray()
        }
    }

    /// 201 with the registration; 200 when there was one already that asks for the same.
    @Sendable func post(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let limits = parts.parts.limits
        let access = context.access
        let owner = AyonSender(request.headers, access.caller).sender
        let (wanted, start) = try await parts.parts.bodies.withBody(of: request, limit: limits.event) { body in
            do {
                let input = try RegistrationInput(JSONMembers.read(body, limits.json))
                var wanted = try input.registration(owner: owner)
                wanted.ownerKey = access.ownerKey
                try access.check(wanted)
                try await parts.service.check(wanted)
                return (wanted, input.start ?? .latest)
            } catch {
                throw Problem.registration(error, isWrite: true)
            }
        }
        let registrations = try parts.registrations()
        let isNew = registrations.find(wanted.name) == nil
        let created = try await parts.write { try await registrations.create(wanted, from: start) }
        return .json(status: isNew ? .created : .ok) { json in created?.writeMembers(to: &json) }
    }
}
