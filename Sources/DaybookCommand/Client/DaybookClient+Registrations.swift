import LosslessJSON
import NIOHTTP1

extension DaybookClient {
    private static let registrations = "/api/registrations"

    private func path(_ name: String, _ rest: String = "") -> String {
        "\(Self.registrations)/\(name.percentEncoded)\(rest)"
    }

    private func json(_ answer: Answer) throws -> JSONText {
        do {
            return try JSONText(answer.body)
        } catch {
            throw unexpected("\(error)")
        }
    }

    private func post(_ path: String, _ request: JSONText = .emptyObject) async throws -> JSONText {
        try json(await send(.POST, path, body: Body(contentType: "application/json", bytes: request.bytes)))
    }

    /// All, by name, with their lag.
    func registrations() async throws -> [JSONText] {
        let answer = try await object(send(.GET, Self.registrations, query: [("lag", "true")]))
        guard let all = answer["registrations"]?.elements else { throw unexpected("no list of registrations") }
        return Array(all)
    }

    func registration(_ name: String) async throws -> JSONText {
        try json(await send(.GET, path(name)))
    }

    /// - Returns: the registration, and whether it was made now.
    func createRegistration(_ request: JSONText) async throws -> (JSONText, isNew: Bool) {
        let body = Body(contentType: "application/json", bytes: request.bytes)
        let answer = try await send(.POST, Self.registrations, body: body)
        return (try json(answer), answer.status == 201)
    }

    func changeRegistration(_ name: String, _ changes: JSONText) async throws -> JSONText {
        let body = Body(contentType: "application/json", bytes: changes.bytes)
        return try json(await send(.PATCH, path(name), body: body))
    }

    func pauseRegistration(_ name: String, reason: String?) async throws -> JSONText {
        var json = JSONWriter()
        json.beginObject()
        json.text("reason", reason)
        json.endObject()
        return try await post(path(name, "/pause"), JSONText(trusting: json.bytes))
    }

    func resumeRegistration(_ name: String) async throws -> JSONText { try await post(path(name, "/resume")) }

    func deleteRegistration(_ name: String) async throws {
        _ = try await send(.DELETE, path(name))
    }

    /// `{"stream", "partition", "from", "to"}` of each partition that moves, or would.
    func resetRegistration(_ name: String, to point: String, isDryRun: Bool) async throws -> [JSONText] {
        var json = JSONWriter()
        json.beginObject()
        json.text("to", point)
        json.key("dryRun")
        json.bool(isDryRun)
        json.endObject()
        let answer = try await post(path(name, "/reset"), JSONText(trusting: json.bytes))
        guard let moves = answer.members?["moves"]?.elements else { throw unexpected("no list of moves") }
        return Array(moves)
    }

    /// Runs a stretch of the past through a registration's handler.
    ///
    /// - Parameter body: told how far it is; the last line has `failures`.
    /// - Throws: ``CommandFailure``, also when it broke off before its end.
    func replayRegistration(
        _ name: String, from: String, to: String?, _ body: (JSONMembers) -> Void
    ) async throws {
        var json = JSONWriter()
        json.beginObject()
        json.text("from", from)
        json.text("to", to)
        json.endObject()
        let request = Body(contentType: "application/json", bytes: json.bytes)
        var isComplete = false
        try await stream(path(name, "/replay"), posting: request) { line in
            let members: JSONMembers
            do {
                members = try JSONMembers(line)
            } catch {
                throw unexpected("\(error)")
            }
            body(members)
            if let error = members["error"]?.stringValue { throw CommandFailure(.failure, error) }
            isComplete = members["end"]?.boolValue ?? false
        }
        if !isComplete { throw CommandFailure(.unavailable, "\(self.name) broke the replay off before its end") }
    }

    /// What was sent to a registration's webhook lately, the latest first.
    func deliveries(of name: String, limit: Int) async throws -> [JSONText] {
        let answer = try await object(send(.GET, path(name, "/deliveries"), query: [("limit", "\(limit)")]))
        guard let deliveries = answer["deliveries"]?.elements else { throw unexpected("no list of deliveries") }
        return Array(deliveries)
    }

    // MARK: - Dead letters

    /// A page of a registration's dead letters, and behind which position the next one begins.
    func deadLetters(
        of name: String, filter: String?, after: String?, limit: Int
    ) async throws -> (letters: [JSONText], next: String?) {
        var query = [("limit", "\(limit)")]
        if let filter { query.append(("filter", filter)) }
        if let after { query.append(("after", after)) }
        let answer = try await object(send(.GET, path(name, "/dead-letters"), query: query))
        guard let letters = answer["deadLetters"]?.elements else { throw unexpected("no list of dead letters") }
        return (Array(letters), answer["next"]?.stringValue)
    }

    func deadLetter(of name: String, at position: String) async throws -> JSONText {
        try json(await send(.GET, path(name, "/dead-letters/\(position.percentEncoded)")))
    }

    enum LetterMove: String {
        case redrive, drop
    }

    /// Moves some dead letters.
    ///
    /// - Returns: how many, and behind which position to go on; nil at the end.
    func move(
        _ move: LetterMove, of name: String, filter: String?, after: String?, limit: Int
    ) async throws -> (moved: Int, next: String?) {
        var json = JSONWriter()
        json.beginObject()
        json.text("filter", filter)
        json.text("after", after)
        json.key("limit")
        json.int(limit)
        json.endObject()
        let answer = try await post(path(name, "/dead-letters/\(move.rawValue)"), JSONText(trusting: json.bytes))
        guard let moved = answer.members?["moved"]?.int64Value else { throw unexpected("no count of dead letters") }
        return (Int(moved), answer.members?["next"]?.stringValue)
    }
}
