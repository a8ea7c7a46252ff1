import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// Finds events in this server's index, and their payloads in the log: those that a caller may read. The others are not
/// there for it.
struct EventReader: Sendable {
    /// Whether the index had got as far as the caller asked for.
    struct Freshness {
        var isReached = true

        var headers: HTTPFields { isReached ? [:] : [.daybookApplied: "false"] }
    }

    let parts: DaybookNode.Parts
    let access: RequestAccess
    let applyTimeout: Duration

    /// With what nobody may see. Use of it has to look at ``access``.
    var index: EventIndex { parts.index }

    /// Waits, within bounds, for what the log held when the server started, and for the position that
    /// `Daybook-Min-Position` names, if any.
    ///
    /// - Throws: 400 when the header holds neither a position nor a vector; 503 when the index is not yet what the log
    ///   is: it would say "not found" of events that are there.
    func catchUp(to request: Request) async throws -> Freshness {
        let projector = parts.projector
        if !projector.hasCaughtUp, try await withDeadline(applyTimeout, { try await projector.caughtUp() }) == nil {
            throw Problem.unavailable(
                "the index is still being made from the log (\(projector.state))",
                stored: request.method == .get || request.method == .head ? nil : .no)
        }
        guard let text = request.headers[.daybookMinPosition] else { return Freshness() }
        guard let vector = Self.vector(text) else {
            throw Problem(
                .badRequest,
                "Daybook-Min-Position: '\(text)' is no position: give what a Daybook-Position header or 'position' said"
            )
        }
        return Freshness(isReached: await parts.projector.waitUntilApplied(vector, timeout: applyTimeout))
    }

    /// Who asks for no certain events is shown fewer than it may read: users only their own.
    func query(_ query: EventQuery) async throws -> EventPage {
        var query = query
        query.filter = .both(query.ids.isEmpty ? access.caller.listing : access.caller.reading, query.filter)
        do {
            return try await index.query(query)
        } catch let error as QueryError {
            throw Problem.parameter(error == .tooManyWords ? "text" : "cursor", error.description)
        }
    }

    /// An event as JSON, and headers that say more about it.
    ///
    /// - Throws: 404 when there is none.
    func json(of id: EventID, _ fields: EventFields, _ search: LogSearch) async throws -> ([UInt8], HTTPFields) {
        let begin = { @Sendable [access] (event: IndexedEventView) -> (JSONWriter, Position?)? in
            guard access.caller.may(.read, event) else { return nil }
            var json = JSONWriter(capacity: 1024)
            json.beginEvent(event, fields)
            return (json, fields.contains(.payload) ? event.payloadPosition : nil)
        }
        var headers: HTTPFields = [:]
        var begun = index.withEvent(id, begin)
        if begun == nil {
            begun = try await search.event(id, in: parts, begin)
            headers[.daybookFoundIn] = "log"
        }
        guard let (start, payload) = begun ?? nil else {
            if begun != nil { access.noteUnreadable() }
            throw Problem.eventNotFound
        }
        var json = start
        json.endEvent(fields, payload: try await payloads(at: [payload])[0])
        return (json.bytes, headers)
    }

    /// What a change of an event needs.
    ///
    /// - Throws: 404 when there is no such event for the caller; 503 when that cannot be found out, which says that nothing
    ///   was stored.
    func reference(of id: EventID, _ search: LogSearch) async throws -> EventReference {
        do {
            return try await event(id, search).reference
        } catch var problem as Problem where problem.status == .serviceUnavailable {
            problem.stored = .no
            throw problem
        }
    }

    /// An event of the index, or of the log when it has left the index over its bounds.
    ///
    /// - Throws: 404 when there is none for the caller; 503 when that cannot be found out.
    func event(_ id: EventID, _ search: LogSearch) async throws -> IndexedEvent {
        var found = index.event(id)
        if found == nil { found = try await search.event(id, in: parts) { IndexedEvent($0) } }
        guard let found, access.mayRead(found.event) else { throw Problem.eventNotFound }
        return found
    }

    /// The topics of events that the caller may read, by name, each with how many events have it.
    func topics() async throws -> [(topic: String, events: Int)] {
        if access.caller.listing == nil { return index.topics }
        var counts: [String: Int] = [:]
        var query = EventQuery()
        query.limit = EventQuery.limits.upperBound
        repeat {
            let page = try await self.query(query)
            page.forEach { counts[String(decoding: $0.topic, as: UTF8.self), default: 0] += 1 }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Every record of an event that the caller may read, whatever became of the event. Who may not read the event as it
    /// is, or was at last, may read none.
    ///
    /// - Throws: 404 when there are none; 503.
    func history(of id: EventID, _ search: LogSearch) async throws -> [HistoryEntry] {
        let entries = try await search.history(of: id, in: parts)
        guard let last = entries.last, access.mayRead(last.record.event) else { throw Problem.eventNotFound }
        return entries.filter { access.caller.may(.read, $0.record.event) }
    }

    /// The payloads that these records brought, in order; nil where there is none.
    func payloads(at positions: [Position?]) async throws -> [Payload?] {
        var payloads = [Payload?](repeating: nil, count: positions.count)
        let wanted = positions.compactMap { $0 }
        guard !wanted.isEmpty else { return payloads }
        var records: [StoredRecord?]
        do {
            records = try await parts.log.records(at: wanted)
        } catch let error as LogError {
            throw Problem.unavailable("the payload cannot be read now: \(error)")
        }
        records.reverse()
        for (at, position) in positions.enumerated() where position != nil {
            // An event whose record was trimmed just now is on its way out of the index.
            guard let record = records.popLast() ?? nil else { continue }
            payloads[at] = try RecordDecoder.decode(record.record).event.payload
        }
        return payloads
    }

    /// A position stands for the vector right behind it.
    static func vector(_ text: String) -> PositionVector? {
        if let position = Position(text) { return PositionVector([position.partition: position.offset + 1]) }
        return PositionVector(text)
    }
}
