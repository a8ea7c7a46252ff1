import Daybook
import DaybookIndex
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
        let access = context.access
        let sender = AyonSender(request.headers, access.caller)
        let key = try idempotencyKey(request, isBatch: type != .json && type != .cloudEvent)
        return try await parts.bodies.withBody(of: request, limit: limit) { body in
            func once(_ write: EventWrite) throws(Problem) -> EventWrite {
                guard let key else { return write }
                return try write.once(
                    IdempotencyKey(
                        caller: access.idempotencyName(sender.sender), key: key, body: Array(buffer: body)),
                    takesID: type == .json)
            }
            switch type {
            case .json: return try await postOne(replacing(try once(ayon(body, sender)), access), access)
            case .cloudEvent: return try await postOne(try once(cloudEvent(body)), access)
            case .ndjson: return try await postMany(items(body, BatchReader.ndjson), access, isAtomic: isAtomic)
            case .cloudEventBatch:
                return try await postMany(items(body, BatchReader.cloudEvents), access, isAtomic: isAtomic)
            }
        }
    }

    // MARK: - One event

    private func idempotencyKey(_ request: Request, isBatch: Bool) throws(Problem) -> String? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw .validation([.init(["header", "Idempotency-Key"], "has 1 to 255 characters", type: "bad_value")])
        }
        guard !isBatch else {
            throw .validation([
                .init(
                    ["header", "Idempotency-Key"],
                    "is for single events; in a batch give each event an id or a hash, which make repeats harmless",
                    type: "bad_value")
            ])
        }
        return key
    }

    /// An event that takes another's place keeps when it was made, as with AYON.
    ///
    /// - Throws: 403 when the caller could not have published the one that is replaced; 409 when another event depends on
    ///   that one.
    private func replacing(_ write: EventWrite, _ access: RequestAccess) async throws -> EventWrite {
        guard case .reuse(var event) = write, let hash = event.hash else { return write }
        let index = try parts.open().index
        var query = EventQuery()
        query.hashes = [hash]
        query.limit = 1
        guard let old = try await index.query(query).events.first else { return write }
        guard access.caller.may(.publish, old.event) else {
            throw access.forbid("the hash is that of an event which you may not replace")
        }
        guard try await index.children(of: old.event.id, limit: 1).events.isEmpty else {
            let event = access.caller.may(.read, old.event) ? "event \(old.event.id)" : "the event"
            throw Problem(.conflict, "another event depends on \(event), which has the hash: delete that one first")
        }
        event.createdAt = old.createdAt
        event.retries = old.event.retries
        return .reuse(event)
    }

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

    private func postOne(_ write: EventWrite, _ access: RequestAccess) async throws -> Response {
        let write = try access.permit(write)
        let outcome = try await parts.writer(access).write([write], actor: nil)
        switch outcome.results[0] {
        case .success(let published):
            var headers = headers(published.position.description, outcome)
            if !published.warnings.isEmpty { headers[.daybookWarnings] = "\(published.warnings.count)" }
            return .json(headers: headers) { json in
                json.key("id")
                published.id.withHexDigits { json.string(utf8: $0) }
            }
        case .failure(let error): throw Problem(error, eventID: write.write.eventID)
        }
    }

    // MARK: - Batches

    private func items(
        _ body: ByteBuffer, _ read: (UnsafeRawBufferPointer, JSONLimits) throws(Problem) -> [BatchItem]
    ) throws -> [BatchItem] {
        try body.withUnsafeReadableBytes { try read($0, parts.limits.json) }
    }

    private func postMany(
        _ items: [BatchItem], _ access: RequestAccess, isAtomic: Bool
    ) async throws -> Response {
        var items = try await replacing(items, access)
        var writes: [PermittedWrite] = []
        for at in items.indices {
            guard case .success(let write) = items[at].write else { continue }
            do throws(Problem) {
                writes.append(try access.permit(write))
            } catch {
                items[at].write = .failure(ItemRefusal(error.detail, status: error.status))
            }
        }
        let isComplete = writes.count == items.count
        let outcome =
            try isAtomic && !isComplete
            ? EventWriter.Outcome(results: writes.map { _ in .failure(.batchAborted) }, isApplied: true)
            : await parts.writer(access).write(writes, actor: nil, atomically: isAtomic)
        let results = BatchResults(items: items, outcomes: outcome.results)
        if results.refusals.isEmpty {
            return .json(results.body, headers: headers(outcome.position.description, outcome))
        }
        if let problem = results.problem(isAtomic: isAtomic) { throw problem }
        return .json(
            results.body, status: .multiStatus, headers: headers(outcome.position.description, outcome))
    }

    private func replacing(_ items: [BatchItem], _ access: RequestAccess) async throws -> [BatchItem] {
        var items = items
        for at in items.indices {
            guard case .success(let write) = items[at].write, case .reuse = write else { continue }
            do {
                items[at].write = .success(try await replacing(write, access))
            } catch let problem as Problem where problem.status == .conflict || problem.status == .forbidden {
                items[at].write = .failure(ItemRefusal(problem.detail, status: problem.status))
            }
        }
        return items
    }

    private func headers(_ position: String, _ outcome: EventWriter.Outcome) -> HTTPFields {
        var headers: HTTPFields = [:]
        if !position.isEmpty { headers[.daybookPosition] = position }
        if !outcome.isApplied { headers[.daybookApplied] = "false" }
        return headers
    }
}

extension EventWrite {
    /// The write, to be done once for a key.
    ///
    /// - Parameter takesID: the event gets the key's id; else it was given one, and keeps it.
    /// - Throws: 400 for what is not the creation of an event: a promise that is not kept is worse than none.
    fileprivate func once(_ key: IdempotencyKey, takesID: Bool) throws(Problem) -> EventWrite {
        guard case .create(var event) = self else {
            throw .validation([
                .init(
                    ["header", "Idempotency-Key"],
                    "is for events that are stored and take no other event's place: leave out the header, or reuse and store",
                    type: "bad_value")
            ])
        }
        if takesID { event.id = key.eventID }
        return .createOnce(event, key)
    }
}
