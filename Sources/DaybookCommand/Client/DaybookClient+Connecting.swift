import AsyncHTTPClient
import NIOCore

extension DaybookClient {
    /// Hands a client of the server at a URL to the body.
    ///
    /// - Parameter name: how messages name the server; nil: by its URL.
    static func with<Outcome>(
        server url: String, name: String? = nil, _ body: (DaybookClient) async throws -> Outcome
    ) async throws -> Outcome {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        // A server that is not there is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(configuration: configuration)
        let client = DaybookClient(http: http, base: url, name: name ?? "the server at \(url)")
        do {
            let outcome = try await body(client)
            try await http.shutdown()
            return outcome
        } catch {
            try? await http.shutdown()
            throw error
        }
    }
}
