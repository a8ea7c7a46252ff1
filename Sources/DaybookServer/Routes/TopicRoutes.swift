import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

/// `/api/topics/{topic}`: what the topic catalogue says of a topic or pattern.
struct TopicRoutes {
    /// The largest body of an entry. An entry with everything at its limit is smaller.
    private static let maximumBody = 512 << 10

    private let parts: ServerParts
    private let writes: Deadlines<Result<Bool, any Error>>

    init(parts: ServerParts) {
        self.parts = parts
        writes = Deadlines(parts.options.writeTimeout)
    }

    /// The entry for a pattern; for a topic the one that counts for it.
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let pattern = try Self.pattern(context)
        let topics = try parts.open().catalog.topics
        let found = pattern.isLiteral ? topics.listing(of: pattern.text) : topics.listing(withPattern: pattern)
        guard let found, context.caller.mayKnow(topic: pattern.text) else {
            throw Problem(.notFound, "the topic catalogue says nothing of \(pattern)")
        }
        return .json { found.writeMembers(to: &$0) }
    }

    /// Defines an entry, in the place of the one there is. Answers as GET does.
    @Sendable func put(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let pattern = try Self.pattern(context)
        let entry = try await parts.bodies.withBody(of: request, limit: Self.maximumBody) { body in
            let members = try JSONMembers.read(body, parts.limits.json)
            do throws(InvalidTopicEntry) {
                return try TopicEntry(pattern, members)
            } catch {
                throw Problem.validation(
                    error.problems.map { .init(["body", $0.field], $0.message, type: $0.code) })
            }
        }
        let catalog = try parts.open().catalog
        _ = try await write {
            try await catalog.define(entry)
            return true
        }
        return .json { TopicCatalog.Listing(entry, .catalog).writeMembers(to: &$0) }
    }

    /// Removes an entry of the catalog: 204; 404 when it has none.
    @Sendable func delete(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let pattern = try Self.pattern(context)
        let catalog = try parts.open().catalog
        let other = catalog.topics.listing(withPattern: pattern)
        guard try await write({ try await catalog.removeTopic(pattern) }) else {
            let hint =
                switch other?.origin {
                case .builtIn: ": the one there is comes with Daybook; define one in its place instead"
                case .configuration: ": the one there is comes from the server's configuration"
                case .catalog, nil: ""
                }
            throw Problem(.notFound, "nobody has defined an entry for \(pattern)\(hint)")
        }
        return Response(status: .noContent)
    }

    /// Writes to the catalog, and gives up when the log does not answer in time.
    private func write(_ body: @escaping @Sendable () async throws -> Bool) async throws -> Bool {
        let outcome = await writes.run {
            do {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        guard let outcome else { throw Problem.unavailable("the log did not answer in time", stored: .unknown) }
        do {
            return try outcome.get()
        } catch let error as LogError {
            throw Problem(.log(error), eventID: nil)
        }
    }

    private static func pattern(_ context: ServerRequestContext) throws(Problem) -> TopicPattern {
        let text = context.parameters.get("topic").flatMap { QueryParameters.decode($0.utf8[...]) }
        guard let pattern = text.flatMap({ TopicPattern($0) }) else {
            throw .validation([
                .init(["path", "topic"], "must be a topic, or a pattern with *", type: "string_pattern_mismatch")
            ])
        }
        return pattern
    }
}
