import Daybook
import DaybookIndex
import DaybookTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import LosslessJSON
import NIOCore

@testable import DaybookServer

/// A server on a log in memory, and a client of it.
struct TestServer: Sendable {
    let client: any TestClientProtocol
    let log: BreakableLog
    let node: DaybookNode
    /// The paths of all routes, with `{names}`.
    let routes: [String]

    /// - Parameters:
    ///   - log: what the server is on; else a log in memory.
    ///   - isOpening: false: the log stays out of reach.
    ///   - isCaughtUp: false: the body begins before the index is what the log is.
    ///   - logger: takes the log lines; else there are none.
    static func run(
        _ setup: TestingSetup = .router, options: ServerOptions = ServerOptions(), limits: EventLimits = EventLimits(),
        bounds: IndexBounds = IndexBounds(), maximumHashes: Int = .max, log: BreakableLog? = nil,
        isOpening: Bool = true, isCaughtUp: Bool = true, logger: Logger? = nil,
        makeHandler: @escaping @Sendable (Registration) throws -> (any EventHandler)? = { _ in nil },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        let logger = logger ?? silent
        let log = log ?? BreakableLog(MemoryLog(store: MemoryStore(maximumRecordBytes: 1 << 22) { .now }))
        var configuration = DaybookNode.Configuration()
        configuration.limits = limits
        configuration.bounds = bounds
        configuration.maximumHashes = maximumHashes
        let node = DaybookNode(configuration: configuration, logger: logger) {
            guard isOpening else { throw LogError.unavailable("no broker answers") }
            return log
        }
        var options = options
        options.port = 0
        // On a machine that is busy, log and index may take longer than callers should have to wait. Tests do.
        let usual = ServerOptions()
        if options.applyTimeout == usual.applyTimeout { options.applyTimeout = .seconds(60) }
        if options.writeTimeout == usual.writeTimeout { options.writeTimeout = .seconds(120) }
        if options.readTimeout == usual.readTimeout { options.readTimeout = .seconds(120) }
        let registrations = RegistrationService(node: node, logger: logger, makeHandler: makeHandler)
        let server = DaybookServer(node: node, registrations: registrations, options: options, logger: logger)
        let routes = Set(server.routes().routes.map(\.path)).sorted()
        let application = server.application()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await node.run() }
            group.addTask { try await registrations.run() }
            if isOpening {
                let parts = try await node.whenOpen()
                while registrations.host == nil { try await Task.sleep(for: .milliseconds(1)) }
                if isCaughtUp { try await parts.projector.caughtUp() }
            }
            try await application.test(setup) { client in
                try await body(TestServer(client: client, log: log, node: node, routes: routes))
            }
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        let response = try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Answer(response)
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    func post(_ body: String, type: BodyType? = nil, query: String = "", headers: HTTPFields = [:]) async throws
        -> Answer
    {
        var headers = headers
        if let type { headers[.contentType] = type.name }
        return try await send(.post, "/api/events" + query, body, headers: headers)
    }

    /// Publishes one event and gives its id.
    func publish(_ body: String, headers: HTTPFields = [:]) async throws -> String {
        let answer = try await post(body, headers: headers)
        guard answer.status == 200, let id = answer["id"]?.text else { throw Unexpected(answer: answer) }
        return id
    }

    struct Unexpected: Error {
        var answer: Answer
    }
}

/// What a server answered.
struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    let headers: HTTPFields
    let body: String
    let json: JSONValue?

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = String(buffer: response.body)
        json = try? JSONValue(response.body.readableBytesView)
    }

    subscript(name: String) -> JSONValue? { json?[name] }

    var detail: String? { self["detail"]?.text }
    /// The lines of NDJSON.
    var lines: [JSONValue] { body.split(separator: "\n").compactMap { try? JSONValue($0.utf8) } }
    var description: String { "\(status) \(body)" }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: String? { if case .number(let text) = self { text } else { nil } }
    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var keys: [String] { if case .object(let members) = self { members.map(\.key) } else { [] } }
}
