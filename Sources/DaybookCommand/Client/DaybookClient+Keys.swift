import LosslessJSON
import NIOHTTP1

extension DaybookClient {
    /// All API keys, by name; none of them tells the key itself.
    func keys() async throws -> [JSONText] {
        guard let keys = try await object(send(.GET, "/api/keys"))["keys"]?.elements else {
            throw unexpected("no list of keys")
        }
        return Array(keys)
    }

    /// - Returns: the key's attributes, and in `key` the key itself.
    func createKey(_ request: JSONText) async throws -> JSONText {
        let body = Body(contentType: "application/json", bytes: request.bytes)
        let answer = try await send(.POST, "/api/keys", body: body)
        do {
            return try JSONText(answer.body)
        } catch {
            throw unexpected("\(error)")
        }
    }

    func revokeKey(_ name: String) async throws {
        _ = try await send(.DELETE, "/api/keys/\(name.percentEncoded)")
    }
}
