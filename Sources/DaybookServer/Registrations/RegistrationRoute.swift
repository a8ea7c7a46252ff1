import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/api/registrations/{name}`: one registration, and what is done with it.
struct RegistrationRoute {
    let parts: RegistrationParts

    /// 200 with the registration and how its work goes.
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        return try await answer(try parts.registration(context))
    }

    /// 200 with the registration as it is then.
    @Sendable func patch(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let known = try parts.registration(context)
        let access = context.access
        let limits = parts.parts.limits
        let input = try await parts.parts.bodies.withBody(of: request, limit: limits.event) { body in
            do {
                let input = try RegistrationInput(JSONMembers.read(body, limits.json))
                try Self.check(input)
                if let settings = input.settings {
                    var wanted = known
                    wanted.settings = settings
                    try access.check(wanted)
                    try await parts.service.check(wanted)
                }
                return input
            } catch {
                throw Problem.registration(error, isWrite: true)
            }
        }
        let registrations = try parts.registrations()
        return try await answer(parts.write { try await registrations.change(known.name, input) })
    }

    /// What makes a registration another one cannot be changed.
    private static func check(_ input: RegistrationInput) throws(InvalidRegistration) {
        let given = [
            ("name", input.name != nil), ("start", input.start != nil), ("delivery", input.delivery != nil),
        ]
        let problems = given.filter(\.1).map { name, _ in
            FieldProblem(name, "read_only", "cannot be changed; make another registration, or reset this one")
        }
        if !problems.isEmpty { throw InvalidRegistration(problems) }
    }

    /// 204.
    @Sendable func delete(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let name = try parts.registration(context).name
        let registrations = try parts.registrations()
        _ = try await parts.write {
            try await registrations.delete(name)
            return nil
        }
        return Response(status: .noContent)
    }

    /// 200 with the registration. The body may have a `reason`.
    @Sendable func pause(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let reason = try await parts.body(of: request) { $0.string("reason") }
        let name = try parts.registration(context).name
        let registrations = try parts.registrations()
        return try await answer(parts.write { try await registrations.pause(name, reason: reason) })
    }

    /// 200 with the registration.
    @Sendable func resume(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try await parts.body(of: request) { _ in }
        let name = try parts.registration(context).name
        let registrations = try parts.registrations()
        return try await answer(parts.write { try await registrations.resume(name) })
    }

    /// 200 with `{"dryRun", "moves": [{"stream", "partition", "from", "to"}]}`: what is moved, or would be.
    @Sendable func reset(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let (point, isDryRun) = try await parts.body(of: request) { members in
            let text = members.string("to", maximumBytes: 1 << 20)
            let point = text.flatMap { StartPoint($0) }
            if text != nil, point == nil {
                members.fail("to", "must be earliest, latest, an ISO 8601 time, or positions (stream:0@12,1@7)")
            }
            members.require("to", text)
            return (point ?? .latest, members.bool("dryRun") ?? false)
        }
        let name = try parts.registration(context).name
        let registrations = try parts.registrations()
        let moves = try await parts.move { try await registrations.reset(name, to: point, isDryRun: isDryRun) }
        return .json { json in
            json.key("dryRun")
            json.bool(isDryRun)
            json.key("moves")
            json.beginArray()
            for move in moves {
                json.beginObject()
                json.key("stream")
                json.string(move.partition.stream)
                json.key("partition")
                json.int(move.partition.partition)
                json.key("from")
                json.int(move.from)
                json.key("to")
                json.int(move.to)
                json.endObject()
            }
            json.endArray()
        }
    }

    private func answer(_ registration: Registration?) async throws -> Response {
        guard let registration else { throw Problem(.notFound, "the registration was deleted meanwhile") }
        let registrations = try parts.registrations()
        let service = parts.service
        let views = try await parts.read {
            try await RegistrationView.all([registration], withLag: true, in: registrations, service)
        }
        return .json { json in views.first?.write(to: &json, isDetailed: true) }
    }
}
