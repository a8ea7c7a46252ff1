import LosslessJSON
import NIOHTTP1

extension DaybookClient {
    /// `{"topic", "events"}` of each topic, by name.
    func topics() async throws -> [JSONText] {
        guard let topics = try await object(send(.GET, "/api/topics"))["topics"]?.elements else {
            throw unexpected("no list of topics")
        }
        return Array(topics)
    }

    /// All entries of the topic catalogue, the most specific first.
    func topicEntries() async throws -> [JSONText] {
        let answer = try await object(send(.GET, "/api/topics", query: [("entries", "true")]))
        guard let entries = answer["entries"]?.elements else { throw unexpected("no list of entries") }
        return Array(entries)
    }

    /// What the topic catalogue says of a topic or pattern; nil when it says nothing.
    func topicEntry(_ topic: String) async throws -> JSONText? {
        let answer = try await send(.GET, "/api/topics/\(topic.percentEncoded)", accepting: [404])
        guard answer.status == 200 else { return nil }
        do {
            return try JSONText(answer.body)
        } catch {
            throw unexpected("\(error)")
        }
    }

    func defineTopic(_ topic: String, _ entry: JSONText) async throws {
        let body = Body(contentType: "application/json", bytes: entry.bytes)
        _ = try await send(.PUT, "/api/topics/\(topic.percentEncoded)", body: body)
    }

    func removeTopic(_ topic: String) async throws {
        _ = try await send(.DELETE, "/api/topics/\(topic.percentEncoded)")
    }
}
