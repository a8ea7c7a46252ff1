import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

/// `POST /api/events`: one event as AYON's client sends it, or one or many as NDJSON or CloudEvents.
struct EventWriteRoute {
    let parts: ServerParts

    @Sendable func post(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["atomic"])
        let isAtomic = try query.flag("atomic") ?? false
        let type = try BodyType(contentType: request.headers[.contentType], allowed: BodyType.allCases)
        let limit = type == .json || type == .cloudEvent ? parts.limits.event : parts.limits.batch
        return try await parts.bodies.withBody(of: request, limit: limit) { body in
            switch type {
            case .json: try await postOne(ayon(body, AyonSender(request.headers)))
            case .cloudEvent: try await postOne(cloudEvent(body))
            case .ndjson: try await postMany(items(body, BatchReader.ndjson), isAtomic: isAtomic)
            case .cloudEventBatch: try await postMany(items(body, BatchReader.cloudEvents), isAtomic: isAtomic)
            }
        }
    }

    // MARK: - One event

    private func ayon(_ body: ByteBuffer, _ sender: AyonSender) throws(Problem) -> EventWrite {
        try AyonDispatch(JSONMembers.read(body, parts.limits.json), sender: sender).write
    }

    private func cloudEvent(_ body: ByteBuffer) throws -> EventWrite {
        do {
            return try body.withUnsafeReadableBytes { try BatchReader.cloudEvent($0, limits: parts.limits.json).get() }
        } catch let refusal as ItemRefusal {
            throw Problem.validation([.init(["body"], refusal.message, type: "invalid_cloud_event")])
        }
    }

    private func postOne(_ write: EventWrite) async throws -> Response {
        let outcome = try await parts.writer().write([write], actor: nil)
        switch outcome.results[0] {
        case .success(let published):
            return .json(headers: headers(published.position.description, outcome)) { json in
                json.key("id")
                published.id.withHexDigits { json.string(utf8: $0) }
            }
        case .failure(let error): throw Problem(error, eventID: write.eventID)
        }
    }

    // MARK: - Batches

    private func items(
        _ body: ByteBuffer, _ read: (UnsafeRawBufferPointer, JSONLimits) throws(Problem) -> [BatchItem]
    ) throws -> [BatchItem] {
        try body.withUnsafeReadableBytes { try read($0, parts.limits.json) }
    }

    private func postMany(_ items: [BatchItem], isAtomic: Bool) async throws -> Response {
        let writes = items.compactMap { try? $0.write.get() }
        let isComplete = writes.count == items.count
        let outcome =
            try isAtomic && !isComplete
            ? EventWriter.Outcome(results: writes.map { _ in .failure(.batchAborted) }, isApplied: true)
            : await parts.writer().write(writes, actor: nil, atomically: isAtomic)
        let results = BatchResults(items: items, outcomes: outcome.results)
        if results.refusals.isEmpty {
            return .json(results.body, headers: headers(outcome.position.description, outcome))
        }
        if let problem = results.problem(isAtomic: isAtomic) { throw problem }
        return .json(
            results.body, status: .multiStatus, headers: headers(outcome.position.description, outcome))
    }

    private func headers(_ position: String, _ outcome: EventWriter.Outcome) -> HTTPFields {
        var headers: HTTPFields = [:]
        if !position.isEmpty { headers[.daybookPosition] = position }
        if !outcome.isApplied { headers[.daybookApplied] = "false" }
        return headers
    }
}
