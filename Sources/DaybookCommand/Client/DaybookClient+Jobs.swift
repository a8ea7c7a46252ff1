import LosslessJSON
import NIOHTTP1

extension DaybookClient {
    /// The jobs that `POST /api/enroll` gives for a request with `count`.
    func enroll(_ request: JSONText) async throws -> [JSONText] {
        let body = Body(contentType: "application/json", bytes: request.bytes)
        let answer = try await send(.POST, "/api/enroll", body: body)
        if answer.status == 204 { return [] }
        guard let jobs = try object(answer)["jobs"]?.elements else { throw unexpected("no list of jobs") }
        return Array(jobs)
    }

    /// The queues that `GET /api/jobs` tells of.
    func jobs(_ query: [(String, String)]) async throws -> [JSONText] {
        guard let queues = try await object(send(.GET, "/api/jobs", query: query))["queues"]?.elements else {
            throw unexpected("no list of queues")
        }
        return Array(queues)
    }
}
