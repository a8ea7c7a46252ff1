import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/api/registrations/{name}/dead-letters`: deliveries that were given up, of events that the caller may read.
struct DeadLetterRoutes {
    private static let limits = 1...1000
    /// How many move in one request when it does not say.
    private static let movedAtOnce = 1000

    let parts: RegistrationParts

    /// 200 with `{"deadLetters": […], "next": …}`, in the order of stream, partition and offset.
    @Sendable func list(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["limit", "after", "filter"])
        let limit = try query.integer("limit", in: Self.limits) ?? 100
        let after = try query.one("after").map { text throws(Problem) in
            guard let position = Position(text) else { throw .parameter("after", "'\(text)' is no position") }
            return position
        }
        let filter = try query.one("filter").map { text throws(Problem) in
            do throws(InvalidFilter) { return try Filter(text) } catch { throw .parameter("filter", error.description) }
        }
        let name = try parts.registration(context).name
        let readable = Filter.both(context.caller.reading, filter)
        let registrations = try parts.registrations()
        let letters = try await parts.letters {
            try await registrations.parkedCaughtUp()
            return try await registrations.letters(of: name, matching: readable, after: after, limit: limit)
        }
        return .json { json in
            json.key("deadLetters")
            json.beginArray()
            for letter in letters { letter.write(to: &json, isComplete: false) }
            json.endArray()
            json.key("next")
            if letters.count == limit, let last = letters.last {
                json.string(last.position.description)
            } else {
                json.null()
            }
        }
    }

    /// 200 with the dead letter and its event's payload.
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let text = RegistrationParts.parameter("position", context)
        guard let position = Position(text) else {
            throw Problem.validation([
                .init(["path", "position"], "'\(text)' is no position such as daybook.git:3:42", type: "bad_value")
            ])
        }
        let name = try parts.registration(context).name
        let registrations = try parts.registrations()
        let letters = try await parts.letters {
            try await registrations.parkedCaughtUp()
            return try await registrations.letter(of: name, at: position).map { [$0] } ?? []
        }
        guard let letter = letters.first, context.caller.mayRead(letter) else {
            throw Problem(.notFound, "\(name) has no dead letter for \(position)")
        }
        var json = JSONWriter()
        letter.write(to: &json, isComplete: true)
        return .json(json.bytes)
    }

    /// 200 with `{"moved", "next"}`: they are delivered again.
    @Sendable func redrive(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try await move(request, context) { registrations, name, selection in
            try await registrations.redrive(
                name, matching: selection.filter, after: selection.after, limit: selection.limit)
        }
    }

    /// 200 with `{"moved", "next"}`: they are gone for good.
    @Sendable func drop(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try await move(request, context) { registrations, name, selection in
            try await registrations.drop(
                name, matching: selection.filter, after: selection.after, limit: selection.limit)
        }
    }

    private struct Selection: Sendable {
        var filter: Filter?
        var after: Position?
        var limit: Int
    }

    private func move(
        _ request: Request, _ context: ServerRequestContext,
        _ work: @escaping @Sendable (Registrations, String, Selection) async throws -> Registrations.MovedLetters
    ) async throws -> Response {
        let selection = try await parts.body(of: request) { members in
            let after = members.string("after")
            let position = after.flatMap { Position($0) }
            if after != nil, position == nil { members.fail("after", "is no position such as daybook.git:3:42") }
            return Selection(
                filter: .both(context.caller.reading, members.filter("filter")), after: position,
                limit: members.integer("limit", in: Self.limits) ?? Self.movedAtOnce)
        }
        let name = try parts.registration(context).name
        let registrations = try parts.registrations()
        let moved = try await parts.moveLetters {
            try await registrations.parkedCaughtUp()
            return try await work(registrations, name, selection)
        }
        return .json { json in
            json.key("moved")
            json.int(moved.count)
            json.key("next")
            if moved.count == selection.limit, let last = moved.last {
                json.string(last.description)
            } else {
                json.null()
            }
        }
    }
}

extension Caller {
    fileprivate func mayRead(_ letter: ParkedDelivery) -> Bool {
        guard let reading else { return true }
        guard let entry = try? RecordDecoder.decode(letter.record) else { return false }
        return reading.matches(entry.event)
    }
}

extension ParkedDelivery {
    /// - Parameter isComplete: with the event's payload.
    fileprivate func write(to json: inout JSONWriter, isComplete: Bool) {
        func time(_ name: StaticString, _ time: Timestamp?) {
            json.key(name)
            if let time { json.string(time.description) } else { json.null() }
        }
        json.beginObject()
        json.key("position")
        json.string(position.description)
        time("logTime", logTime)
        json.key("attempts")
        json.int(attempts)
        time("firstFailure", firstFailure)
        time("lastFailure", lastFailure)
        json.key("error")
        json.string(error)
        if let entry = try? RecordDecoder.decode(record) {
            entry.writeDelivered(to: &json, payload: isComplete)
        } else {
            json.key("event")
            json.null()
        }
        json.endObject()
    }
}
