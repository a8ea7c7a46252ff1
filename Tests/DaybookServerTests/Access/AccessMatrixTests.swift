import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON
import Testing

@testable import DaybookServer

/// Every route × every role and scope, allowed and refused.
struct AccessMatrixTests {
    /// One route, and who is let to it.
    struct Row: Sendable {
        var method: HTTPRequest.Method
        /// The route as it is added, and the address that is asked.
        var route: String
        var address: String
        var body: String?
        /// Needs no key at all.
        var isOpen = false
        var roles: Set<Role> = []
        /// With which permission of a scope a guest is let in; nil: with any, and without.
        var permission: Permission?
        /// Whether a permission for some events is enough.
        var takesLimits = true

        var name: String { "\(method.rawValue) \(route)" }
    }

    private static let all = Set(Role.allCases)
    private static let managers: Set<Role> = [.manager, .admin, .service]
    private static let readers: Set<Role> = managers.union([.user])
    private static let admins: Set<Role> = [.admin, .service]
    private static let id = "00000000000000000000000000000001"

    private static func open(_ method: HTTPRequest.Method, _ route: String, _ body: String? = nil) -> Row {
        Row(method: method, route: route, address: route, body: body, isOpen: true)
    }

    private static func filtered(
        _ method: HTTPRequest.Method, _ route: String, _ address: String? = nil, _ body: String? = nil
    ) -> Row {
        Row(method: method, route: route, address: address ?? route, body: body, roles: all)
    }

    private static func row(
        _ method: HTTPRequest.Method, _ route: String, _ permission: Permission, _ roles: Set<Role>,
        at address: String? = nil, _ body: String? = nil, takesLimits: Bool = true
    ) -> Row {
        Row(
            method: method, route: route, address: address ?? route, body: body, roles: roles, permission: permission,
            takesLimits: takesLimits)
    }

    private static let rows: [Row] = [
        open(.get, "/"), open(.get, "/api/info"), open(.post, "/api/auth/login", "{}"), open(.get, "/livez"),
        open(.get, "/readyz"), open(.get, "/ws"), open(.get, "/openapi.json"),
        filtered(.get, "/api/users/me"), filtered(.get, "/api/attributes"), filtered(.get, "/api/events"),
        filtered(.get, "/api/events/{id}", "/api/events/\(id)"),
        filtered(.get, "/api/events/{id}/history", "/api/events/\(id)/history"),
        filtered(.get, "/api/stream"), filtered(.get, "/api/topics"),
        filtered(.get, "/graphql", "/graphql?query=%7B__typename%7D"),
        filtered(.post, "/graphql", nil, #"{"query": "{ __typename }"}"#),
        row(.post, "/api/events", .publish, managers, #"{"topic": "demo.new"}"#),
        row(.patch, "/api/events/{id}", .change, readers, at: "/api/events/\(id)", "{}"),
        row(.delete, "/api/events/{id}", .admin, admins, at: "/api/events/\(id)"),
        row(.post, "/api/eventops", .admin, admins, #"{"type": "delete", "filter": {"conditions": []}}"#),
        row(.post, "/api/enroll", .enroll, [.service], #"{"sourceTopic": "none", "targetTopic": "demo.job"}"#),
        row(.get, "/api/jobs", .enroll, [.service], at: "/api/jobs?sourceTopic=none&target=demo.job"),
        row(.get, "/api/replay", .replay, managers),
        row(.get, "/api/index", .admin, admins, takesLimits: false),
        row(.get, "/metrics", .read, managers, takesLimits: false),
        row(.get, "/asyncapi.json", .read, managers, takesLimits: false),
        row(.get, "/api/topics/{topic}", .read, readers, at: "/api/topics/demo.a"),
        row(
            .put, "/api/topics/{topic}", .admin, admins, at: "/api/topics/demo.a", #"{"description": "x"}"#,
            takesLimits: false),
        row(.delete, "/api/topics/{topic}", .admin, admins, at: "/api/topics/demo.a", takesLimits: false),
        row(.get, "/api/keys", .admin, admins, takesLimits: false),
        row(.post, "/api/keys", .admin, admins, #"{"name": "made", "role": "guest"}"#, takesLimits: false),
        row(.delete, "/api/keys/{name}", .admin, admins, at: "/api/keys/none", takesLimits: false),
        row(.get, "/api/registrations", .read, readers),
        row(.post, "/api/registrations", .read, readers, #"{"name": "mine", "delivery": "pull"}"#),
        registration(.get, ""), registration(.patch, ""), registration(.delete, ""), registration(.post, "/pause"),
        registration(.post, "/resume"), registration(.post, "/pull"), registration(.post, "/ack"),
        registration(.post, "/nack"), registration(.post, "/extend"), registration(.get, "/deliveries"),
        registration(.get, "/dead-letters"), registration(.post, "/dead-letters/redrive"),
        registration(.post, "/dead-letters/drop"),
        row(
            .get, "/api/registrations/{name}/dead-letters/{position}", .read, readers,
            at: "/api/registrations/none/dead-letters/daybook.a:0:1"),
        row(
            .post, "/api/registrations/{name}/reset", .replay, managers, at: "/api/registrations/none/reset",
            #"{"to": "latest"}"#),
        row(
            .post, "/api/registrations/{name}/replay", .replay, managers, at: "/api/registrations/none/replay", "{}"),
    ]

    private static func registration(_ method: HTTPRequest.Method, _ rest: String) -> Row {
        row(
            method, "/api/registrations/{name}" + rest, .read, readers, at: "/api/registrations/none" + rest,
            method == .get ? nil : "{}")
    }

    /// What the routes themselves say they need must be what the table says, and no route may be missing in it.
    @Test func `the table has every route`() async throws {
        try await TestServer.run { server in
            let routes = DaybookServer(node: server.node, registrations: RegistrationService(node: server.node))
                .routes().routes
            #expect(Set(routes.map { "\($0.method.rawValue) \($0.path)" }) == Set(Self.rows.map(\.name)))
            #expect(routes.count == Self.rows.count)
            for route in routes {
                let row = Self.rows.first { $0.method == route.method && $0.route == route.path }
                switch route.access {
                case .open: #expect(row?.isOpen == true, "\(route)")
                case .filtered: #expect(row?.isOpen == false && row?.permission == nil, "\(route)")
                case .some(let permission):
                    #expect(row?.permission == permission && row?.takesLimits == true, "\(route)")
                case .telling: #expect(row?.permission == .read && row?.takesLimits == false, "\(route)")
                case .every(let permission):
                    #expect(row?.permission == permission && row?.takesLimits == false, "\(route)")
                }
            }
        }
    }

    private enum Outcome: String {
        case admitted, unauthorized, forbidden
    }

    private static func ask(
        _ server: TestServer, _ row: Row, _ headers: HTTPFields, _ query: String = ""
    ) async throws -> (Outcome, Answer) {
        // A stream has no end; its head says enough.
        let method = row.route == "/api/stream" ? .head : row.method
        let separator = query.isEmpty ? "" : row.address.contains("?") ? "&" : "?"
        let answer = try await server.send(method, row.address + separator + query, row.body, headers: headers)
        #expect(answer.status != 500 && answer.status != 503, "\(row.name): \(answer)")
        switch answer.status {
        case 401: return (.unauthorized, answer)
        case 403: return (.forbidden, answer)
        default: return (.admitted, answer)
        }
    }

    @Test(arguments: Role.allCases)
    func `every route by role`(role: Role) async throws {
        try await TestServer.run { server in
            let key = try await server.key("it", role)
            for row in Self.rows {
                for headers: HTTPFields in [[.apiKey: key], [.authorization: "ApiKey \(key)"]] {
                    let (outcome, answer) = try await Self.ask(server, row, headers)
                    let expected: Outcome = row.isOpen || row.roles.contains(role) ? .admitted : .forbidden
                    #expect(outcome == expected, "\(role) \(row.name): \(answer)")
                    guard outcome == .forbidden else { continue }
                    #expect(answer["code"]?.number == "403", "\(row.name)")
                    #expect(
                        answer.detail?.contains("permission \(row.permission?.rawValue ?? "?")") == true,
                        "\(row.name): \(answer)")
                }
            }
        }
    }

    @Test(arguments: Permission.allCases, [false, true])
    func `every route by scope`(permission: Permission, isLimited: Bool) async throws {
        try await TestServer.run { server in
            let limit = isLimited ? " topics=demo.*" : ""
            // A scope grants to a guest, and narrows a service.
            let guest = try await server.key("guest", .guest, permission.rawValue + limit)
            let service = try await server.key("service", .service, permission.rawValue + limit)
            for row in Self.rows {
                let fits = row.permission == permission && (row.takesLimits || !isLimited)
                let expected: Outcome = row.isOpen || row.permission == nil || fits ? .admitted : .forbidden
                for key in [guest, service] {
                    let (outcome, answer) = try await Self.ask(server, row, [.apiKey: key])
                    #expect(outcome == expected, "\(permission)\(limit) \(row.name): \(answer)")
                }
            }
        }
    }

    @Test func `a service without scopes narrows nothing, and one whose scopes are all may do all`() async throws {
        try await TestServer.run { server in
            let all = Permission.allCases.map(\.rawValue).joined(separator: ",")
            for key in [try await server.key("a", .service), try await server.key("b", .guest, all)] {
                for row in Self.rows {
                    let (outcome, answer) = try await Self.ask(server, row, [.apiKey: key])
                    #expect(outcome == .admitted, "\(row.name): \(answer)")
                }
            }
        }
    }

    /// Nobody, by every way to say who one is.
    @Test func `every route without a key that counts`() async throws {
        try await TestServer.run { server in
            let key = try await server.key("it", .service)
            let expired = try await server.key("old", .service, expires: .now.advanced(by: .milliseconds(50)))
            try await Task.sleep(for: .milliseconds(60))
            let unknown = KeySecret.generate().text
            let ways: [(HTTPFields, String, String)] = [
                ([:], "", "Access token is missing"), ([.apiKey: unknown], "", "Invalid API key"),
                ([.apiKey: ""], "", "Invalid API key"), ([.apiKey: expired], "", "Invalid API key: it has expired"),
                ([.authorization: "ApiKey \(unknown)"], "", "Invalid API key"),
                ([.authorization: "Bearer \(key)"], "", "Invalid session"),
                ([.authorization: "Basic \(key)"], "", "Invalid session"),
                ([.cookie: "accessToken=\(unknown)"], "", "Invalid session"),
                ([:], "token=\(unknown)", "Invalid session"),
                // What comes first counts, though what comes later would do.
                ([.apiKey: unknown], "token=\(key)", "Invalid API key"),
            ]
            for row in Self.rows {
                for (headers, query, detail) in ways {
                    let (outcome, answer) = try await Self.ask(server, row, headers, query)
                    #expect(outcome == (row.isOpen ? .admitted : .unauthorized), "\(row.name) \(headers): \(answer)")
                    guard !row.isOpen, row.route != "/api/stream" else { continue }
                    #expect(answer.detail == detail && answer["code"]?.number == "401", "\(row.name): \(answer)")
                    #expect(answer.headers[.wwwAuthenticate] == "ApiKey")
                }
            }
        }
    }

    @Test func `every route by cookie and by query`() async throws {
        try await TestServer.run { server in
            let key = try await server.key("it", .service)
            for row in Self.rows {
                for (headers, query) in [
                    ([.cookie: "a=b; accessToken=\(key)"] as HTTPFields, ""), ([:], "token=\(key)"),
                ] {
                    let (outcome, answer) = try await Self.ask(server, row, headers, query)
                    #expect(outcome == .admitted, "\(row.name): \(answer)")
                }
            }
        }
    }

    @Test func `while there is no key everything is open`() async throws {
        try await TestServer.run { server in
            // Who one is one has to say all the same.
            for row in Self.rows where row.route != "/api/users/me" && row.route != "/api/keys" {
                let (outcome, answer) = try await Self.ask(server, row, [:])
                #expect(outcome == .admitted, "\(row.name): \(answer)")
            }
        }
    }

    @Test func `without the log nobody is let in`() async throws {
        try await TestServer.run(isOpening: false, isCaughtUp: false) { server in
            for row in Self.rows where !row.isOpen && row.route != "/api/stream" && row.route != "/metrics" {
                let answer = try await server.send(row.method, row.address, row.body, headers: [.apiKey: "x"])
                #expect(answer.status == 503, "\(row.name): \(answer)")
                #expect(answer["stored"]?.text == (row.method == .get ? nil : "no"), "\(row.name)")
            }
        }
    }
}
