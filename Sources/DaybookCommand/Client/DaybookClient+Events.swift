import LosslessJSON
import NIOHTTP1

extension DaybookClient {
    /// A page of `GET /api/events`.
    struct Page {
        var events: [JSONText]
        var nextCursor: String?
    }

    func page(_ query: [(String, String)]) async throws -> Page {
        let answer = try await object(send(.GET, "/api/events", query: query))
        guard let events = answer["events"]?.elements else { throw unexpected("no list of events") }
        return Page(events: Array(events), nextCursor: answer["nextCursor"]?.stringValue)
    }

    func event(_ id: String) async throws -> JSONText {
        let answer = try await send(.GET, "/api/events/\(id.percentEncoded)", query: [("fields", "all")])
        do {
            return try JSONText(answer.body)
        } catch {
            throw unexpected("\(error)")
        }
    }

    /// - Parameter worker: which of the sender's workers reports, where it is about a job.
    func update(_ id: String, _ changes: JSONText, worker: String? = nil) async throws {
        let body = Body(contentType: "application/json", bytes: changes.bytes)
        let headers = worker.map { [("x-worker-id", $0)] } ?? []
        _ = try await send(.PATCH, "/api/events/\(id.percentEncoded)", body: body, headers: headers)
    }

    func delete(_ id: String) async throws {
        _ = try await send(.DELETE, "/api/events/\(id.percentEncoded)")
    }

    /// The outcome of one line of a batch.
    struct ItemResult {
        var id: String?
        var status: Int
        var error: String?
        /// The event that has the hash.
        var duplicateOf: String?

        var isPublished: Bool { (200...299).contains(status) }
        /// Not stored because of the state of the server or log, not because of what it says.
        var isUnavailable: Bool { status >= 500 && status != 501 }
    }

    /// Publishes events given as lines of NDJSON; the results are in their order.
    func publish(_ lines: [[UInt8]], atomically: Bool = false) async throws -> [ItemResult] {
        let body = Body(
            contentType: "application/x-ndjson", bytes: Array(lines.joined(separator: [UInt8(ascii: "\n")])))
        // A batch that was refused or failed as a whole carries the results of its items, too.
        let answer = try await send(
            .POST, "/api/events", query: atomically ? [("atomic", "true")] : [], body: body, accepting: Set(400...599))
        guard let results = (try? JSONMembers(answer.body))?["results"]?.elements, results.count == lines.count else {
            throw refusal(status: answer.status, body: answer.body)
        }
        return results.map { item in
            let members = item.members
            return ItemResult(
                id: members?["id"]?.stringValue, status: members?["status"]?.int64Value.map { Int($0) } ?? 500,
                error: members?["error"]?.stringValue, duplicateOf: members?["duplicateOf"]?.stringValue)
        }
    }

    func object(_ answer: Answer) throws -> JSONMembers {
        do {
            return try JSONMembers(answer.body)
        } catch {
            throw unexpected("\(error)")
        }
    }

    func unexpected(_ what: String) -> CommandFailure {
        CommandFailure(.failure, "\(name) gave an answer that is not Daybook's (\(what)): is it the right server?")
    }
}
