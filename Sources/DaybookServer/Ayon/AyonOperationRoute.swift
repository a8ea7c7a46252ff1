import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `POST /api/eventops`: deletes, restarts or aborts every event of the index that a filter matches, or none.
struct AyonOperationRoute {
    let parts: ServerParts

    /// 200 with `null`, as AYON answers. 409, and nothing is done, when an event that is to be deleted has others that depend
    /// on it and are not to be deleted.
    ///
    /// Events without a hash are written in one transaction. Those with a hash are the arbiter's, which refuses an operator
    /// nothing; when the log fails in between, the answer is 503 and the same request again does the rest.
    @Sendable func post(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let operation = try await parts.bodies.withBody(of: request, limit: parts.limits.event) { body in
            try AyonOperation(JSONMembers.read(body, parts.limits.json))
        }
        let access = context.access
        let reader = try parts.reader(access)
        _ = try await reader.catchUp(to: request)
        let events = try await EventSelection(reader: reader)
            .events(matching: .both(access.caller.filter(.admin), operation.filter))
        if operation.kind == .delete { try await checkChildren(of: events, reader) }
        let outcome = try await write(events.map(operation.write), request, access)
        var headers: HTTPFields = [:]
        let position = outcome.position.description
        if !position.isEmpty { headers[.daybookPosition] = position }
        if !outcome.isApplied { headers[.daybookApplied] = "false" }
        return .json(JSONText.null.bytes, headers: headers)
    }

    private func checkChildren(of events: [EventReference], _ reader: EventReader) async throws {
        let selected = Set(events.map(\.event.id))
        for id in selected {
            var cursor: QueryCursor?
            repeat {
                let page = try await reader.index.children(of: id, limit: EventQuery.limits.upperBound, cursor: cursor)
                if let child = page.events.first(where: { !selected.contains($0.event.id) }) {
                    let isReadable = reader.access.caller.may(.read, child.event)
                    throw Problem(
                        .conflict,
                        "nothing was deleted: \(isReadable ? "event \(child.event.id)" : "an event"), which the filter does not match, depends on event \(id)"
                    )
                }
                cursor = page.nextCursor
            } while cursor != nil
        }
    }

    private func write(
        _ writes: [EventWrite], _ request: Request, _ access: RequestAccess
    ) async throws -> EventWriter.Outcome {
        let writer = try parts.writer(access)
        let actor = AyonSender(request.headers, access.caller).sender
        let hashed = writes.filter(\.concernsHash)
        let plain = writes.filter { !$0.concernsHash }
        // What the arbiter does cannot be undone, but nor can it refuse; so the part that may fail as a whole comes last.
        var outcome = EventWriter.Outcome(results: [], isApplied: true)
        for (writes, atomically) in [(hashed, false), (plain, true)] where !writes.isEmpty {
            let permitted = try writes.map { write throws(Problem) in try access.permitOperation(write) }
            let part = await writer.write(permitted, actor: actor, atomically: atomically)
            for (write, result) in zip(writes, part.results) {
                guard case .failure(let error) = result, error != .batchAborted else { continue }
                // Somebody else has deleted it meanwhile.
                if error == .notFound { continue }
                var problem = Problem(error, eventID: write.eventID)
                if problem.stored == .unknown || !outcome.results.isEmpty || (!atomically && writes.count > 1) {
                    problem.stored = .unknown
                    problem.eventID = nil
                    problem.detail =
                        "some of the \(hashed.count + plain.count) events may have been changed, others not"
                        + " (\(problem.detail)): send the same request again"
                }
                throw problem
            }
            outcome.results += part.results
            outcome.isApplied = outcome.isApplied && part.isApplied
        }
        return outcome
    }
}

extension EventWrite {
    fileprivate var concernsHash: Bool {
        switch self {
        case .change(let reference, _), .delete(let reference): reference.event.hash != nil
        case .create, .createOnce, .reuse, .signal: false
        }
    }
}
