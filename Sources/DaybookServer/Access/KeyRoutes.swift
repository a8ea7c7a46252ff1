import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/api/keys`: the API keys there are. Neither a key nor its digest can be read.
struct KeyRoutes {
    private static let maximumBody = 256 << 10

    private let parts: ServerParts
    private let writes: Deadlines<Result<Void, any Error>>

    init(parts: ServerParts) {
        self.parts = parts
        writes = Deadlines(parts.options.writeTimeout)
    }

    /// 200 with `{"keys": […]}`, by name.
    @Sendable func list(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let keys = try parts.open().catalog.keys.all
        return .json { json in
            json.key("keys")
            json.beginArray()
            for key in keys {
                json.beginObject()
                key.writeMembers(to: &json)
                json.endObject()
            }
            json.endArray()
        }
    }

    /// 201 with the key's attributes and, as `key`, the key itself, which nobody is told again.
    @Sendable func create(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let secret = KeySecret.generate()
        var key = try await parts.bodies.withBody(of: request, limit: Self.maximumBody) { body in
            var members = try BodyMembers(body, parts.limits.json)
            let key = Self.key(&members, secret)
            try members.finish()
            return key
        }
        key.createdBy = context.caller.name
        let catalog = try parts.open().catalog
        try await write { [key] in try await catalog.createKey(key) }
        return .json(status: .created, headers: [.cacheControl: "no-store"]) { json in
            key.writeMembers(to: &json)
            json.key("key")
            json.string(secret.text)
        }
    }

    /// 204: from now on the key does not count, here at once and on other servers as soon as they read of it.
    @Sendable func revoke(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let name = RegistrationParts.parameter("name", context)
        let catalog = try parts.open().catalog
        try await write { try await catalog.revokeKey(name) }
        return Response(status: .noContent)
    }

    private static func key(_ members: inout BodyMembers, _ secret: KeySecret) -> APIKey {
        let name = members.string("name")
        let roleName = members.string("role")
        let role = roleName.flatMap { Role(rawValue: $0) }
        if roleName != nil, role == nil {
            let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
            members.fail("role", "must be one of \(roles)", type: "enum")
        }
        let expiresText = members.string("expires")
        let expires = expiresText.flatMap { Timestamp($0) }
        if expiresText != nil, expires == nil { members.fail("expires", "must be an ISO 8601 time") }
        var scopes: [AccessScope] = []
        for text in members.strings("scopes", maximum: APIKey.maximumScopes) ?? [] {
            do throws(InvalidScope) {
                scopes.append(try AccessScope(text))
            } catch {
                members.fail("scopes", "'\(text)': \(error)")
            }
        }
        members.require("name", name)
        members.require("role", roleName)
        let key = APIKey(
            name: name ?? "", role: role ?? .guest, scopes: scopes, expires: expires, digest: secret.digest)
        if name != nil {
            for problem in key.problems { members.fail(problem.field, problem.message, type: problem.code) }
        }
        return key
    }

    /// Writes to the catalog, and gives up when the log does not answer in time.
    private func write(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let outcome = await writes.run {
            do {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        guard let outcome else { throw Problem.unavailable("the log did not answer in time", stored: .unknown) }
        do {
            try outcome.get()
        } catch let error as KeyError {
            throw Problem(error)
        } catch let error as LogError {
            throw Problem(error)
        }
    }
}

extension Problem {
    fileprivate init(_ error: KeyError) {
        switch error {
        case .invalid(let problems):
            self = .validation(problems.map { .init(["body", $0.field], $0.message, type: $0.code) })
        case .exists: self.init(.conflict, error.description)
        case .unknown: self.init(.notFound, error.description)
        case .tooMany: self.init(.insufficientStorage, error.description)
        }
    }
}
