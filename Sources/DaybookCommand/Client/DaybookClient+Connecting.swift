import AsyncHTTPClient
import NIOCore
import NIOSSL

extension DaybookClient {
    /// Hands a client of the server at a URL to the body.
    ///
    /// - Parameters:
    ///   - name: how messages name the server; nil: by its URL.
    ///   - apiKey: goes with every request.
    ///   - authority: a file with certificates of authorities that count besides the system's; nil: only those do.
    static func with<Outcome>(
        server url: String, name: String? = nil, apiKey: String? = nil, authority: String? = nil,
        _ body: (DaybookClient) async throws -> Outcome
    ) async throws -> Outcome {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        if let authority { configuration.tlsConfiguration = try trusting(authority) }
        // A server that is not there is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(configuration: configuration)
        let client = DaybookClient(http: http, base: url, name: name ?? "the server at \(url)", apiKey: apiKey)
        do {
            let outcome = try await body(client)
            try await http.shutdown()
            return outcome
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private static func trusting(_ path: String) throws -> TLSConfiguration {
        let bytes: [UInt8]
        do {
            bytes = try InputFile(path: path).readAll(limit: 1 << 20)
        } catch {
            throw CommandFailure(.usage, "the certificates of authorities, \(path), cannot be read: \(error)")
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw CommandFailure(.usage, "\(path) is no PEM file with certificates")
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.additionalTrustRoots = [.certificates(certificates)]
        return configuration
    }
}
