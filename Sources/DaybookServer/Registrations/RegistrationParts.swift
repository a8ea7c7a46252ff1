import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ServiceLifecycle

/// What the routes of registrations have in common.
struct RegistrationParts: Sendable {
    /// How long members may take to leave before positions are moved, and some time for the moving.
    private static let resetTimeout = Duration.seconds(45)

    let parts: ServerParts
    let service: RegistrationService
    private let writes: Deadlines<Result<Registration?, any Error>>
    private let reads: Deadlines<Result<[RegistrationView], any Error>>
    private let moves: Deadlines<Result<[Registrations.Move], any Error>>
    private let letters: Deadlines<Result<[ParkedDelivery], any Error>>
    private let movedLetters: Deadlines<Result<Registrations.MovedLetters, any Error>>

    init(parts: ServerParts, service: RegistrationService) {
        self.parts = parts
        self.service = service
        writes = Deadlines(parts.options.writeTimeout)
        reads = Deadlines(parts.options.readTimeout)
        moves = Deadlines(Self.resetTimeout)
        letters = Deadlines(parts.options.readTimeout)
        movedLetters = Deadlines(parts.options.writeTimeout)
    }

    /// - Throws: 503 while the log is not open.
    func registrations() throws(Problem) -> Registrations { try parts.open().registrations }

    /// - Throws: 503 while the log is not open.
    func host() throws(Problem) -> RegistrationHost {
        _ = try parts.open()
        guard let host = service.host else { throw .unavailable("the registrations are being opened", stored: .no) }
        return host
    }

    /// The registration that the path names. Others' registrations are not there but for admins.
    ///
    /// - Throws: 404, 503.
    func registration(_ context: ServerRequestContext) throws(Problem) -> Registration {
        let name = Self.name(context)
        guard let found = try registrations().find(name) else { throw Problem(RegistrationError.unknown(name)) }
        guard context.access.mayManage(found) else {
            context.access.note("the registration is another one's")
            throw Problem(RegistrationError.unknown(name))
        }
        return found
    }

    private static func name(_ context: ServerRequestContext) -> String { parameter("name", context) }

    static func parameter(_ name: String, _ context: ServerRequestContext) -> String {
        let text = context.parameters.get(name) ?? ""
        return QueryParameters.decode(text.utf8) ?? text
    }

    /// Reads a body's members; the work takes them and finishes.
    func body<Result: Sendable>(
        of request: Request, _ work: (inout BodyMembers) throws -> Result
    ) async throws -> Result {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        return try await parts.bodies.withBody(of: request, limit: parts.limits.event) { body in
            var members = try BodyMembers(body, parts.limits.json)
            let result = try work(&members)
            try members.finish()
            return result
        }
    }

    // MARK: - Work that is given up when it takes too long

    func write(_ work: @escaping @Sendable () async throws -> Registration?) async throws -> Registration? {
        try await run(writes, work)
    }

    func read(_ work: @escaping @Sendable () async throws -> [RegistrationView]) async throws -> [RegistrationView] {
        try await run(reads, isWrite: false, work)
    }

    func move(
        _ work: @escaping @Sendable () async throws -> [Registrations.Move]
    ) async throws -> [Registrations.Move] {
        try await run(moves, startField: "to", work)
    }

    func letters(_ work: @escaping @Sendable () async throws -> [ParkedDelivery]) async throws -> [ParkedDelivery] {
        try await run(letters, isWrite: false, work)
    }

    func moveLetters(
        _ work: @escaping @Sendable () async throws -> Registrations.MovedLetters
    ) async throws -> Registrations.MovedLetters {
        try await run(movedLetters, work)
    }

    private func run<Outcome: Sendable>(
        _ deadlines: Deadlines<Result<Outcome, any Error>>, isWrite: Bool = true, startField: String = "start",
        _ work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        let outcome = await deadlines.run {
            do {
                return .success(try await work())
            } catch {
                return .failure(Problem.registration(error, isWrite: isWrite, startField: startField))
            }
        }
        guard let outcome else {
            throw Problem.unavailable("the log did not answer in time", stored: isWrite ? .unknown : nil)
        }
        return try outcome.get()
    }
}
