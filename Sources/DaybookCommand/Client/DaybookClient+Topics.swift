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
}
