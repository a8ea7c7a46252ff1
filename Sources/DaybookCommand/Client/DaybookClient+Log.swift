import LosslessJSON
import NIOHTTP1

extension DaybookClient {
    /// Every record of an event, in order.
    func history(_ id: String) async throws -> [JSONText] {
        let answer = try await send(.GET, "/api/events/\(id.percentEncoded)/history")
        let text: JSONText
        do {
            text = try JSONText(answer.body)
        } catch {
            throw unexpected("\(error)")
        }
        guard let entries = text.elements ?? text.members?["history"]?.elements else { throw unexpected("no history") }
        return Array(entries)
    }

    /// What a replay consists of.
    enum ReplayPart {
        case record(JSONText)
        /// Where a later replay goes on; whether this one has come to its end.
        case resume(String, isEnd: Bool)
    }

    /// - Parameter follow: go on with what is published, until cancelled.
    /// - Throws: ``CommandFailure``, also when the answer broke off before its end.
    func replay(
        topics: [String], from: String, to: String? = nil, follow: Bool = false,
        _ body: (ReplayPart) async throws -> Void
    ) async throws {
        var query = topics.map { ("topic", $0) } + [("from", from)]
        if let to { query.append(("to", to)) }
        if follow { query.append(("follow", "true")) }
        var isComplete = false
        try await stream("/api/replay", query: query) { line in
            let json: JSONText
            do {
                json = try JSONText(line)
            } catch {
                throw unexpected("\(error)")
            }
            let members = json.members
            if let resume = members?["resume"]?.stringValue, members?["position"] == nil {
                isComplete = members?["end"]?.boolValue ?? false
                try await body(.resume(resume, isEnd: isComplete))
            } else {
                try await body(.record(json))
            }
        }
        if !isComplete { throw CommandFailure(.unavailable, "\(name) broke the replay off before its end") }
    }
}
