import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// Finds events in this server's index, and their payloads in the log.
struct EventReader: Sendable {
    /// Whether the index had got as far as the caller asked for.
    struct Freshness {
        var isReached = true

        var headers: HTTPFields { isReached ? [:] : [.daybookApplied: "false"] }
    }

    let parts: DaybookNode.Parts
    let applyTimeout: Duration

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

    func query(_ query: EventQuery) async throws -> EventPage {
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
        let begin = { @Sendable (event: IndexedEventView) in
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
        guard let (start, payload) = begun else { throw Problem.eventNotFound }
        var json = start
        json.endEvent(fields, payload: try await payloads(at: [payload])[0])
        return (json.bytes, headers)
    }

    /// What a change of an event needs.
    ///
    /// - Throws: 404 when there is no such event; 503 when that cannot be found out, which says that nothing was stored.
    func reference(of id: EventID, _ search: LogSearch) async throws -> EventReference {
        if let event = index.event(id) { return event.reference }
        do {
            return try await search.event(id, in: parts) { IndexedEvent($0).reference }
        } catch var problem as Problem where problem.status == .serviceUnavailable {
            problem.stored = .no
            throw problem
        }
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
