import AsyncHTTPClient
import DaybookServer
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

extension TokenSettings {
    private static let maximumBytes = 1 << 20
    private static let timeout = TimeAmount.seconds(5)

    /// - Returns: nil when no tokens are taken.
    /// - Throws: ``CommandFailure`` when something that is required is missing.
    func verifier(logger: Logger) throws -> (verifier: WebTokenVerifier, keys: TokenKeys)? {
        guard let location = keys else {
            guard issuer == nil, audience == nil, roleClaim == nil else {
                throw CommandFailure(.usage, "settings of tokens without their keys: give --jwt-keys, too")
            }
            return nil
        }
        var rules = WebTokenVerifier.Rules()
        rules.issuer = issuer
        rules.audience = audience
        if let roleClaim { rules.roleClaims = [roleClaim] }
        rules.scopesClaim = scopesClaim
        let keys: TokenKeys
        switch location {
        case .file(let path):
            keys = TokenKeys(name: path, interval: .seconds(10), pause: .seconds(1), logger: logger) {
                try await NIOThreadPool.singleton.runIfActive {
                    try InputFile(path: path).readAll(limit: Self.maximumBytes)
                }
            }
        case .url(let url):
            guard audience != nil else {
                throw CommandFailure(
                    .usage,
                    "tokens of \(url) need --jwt-audience: else all that it issues would count, whomever they are for")
            }
            keys = TokenKeys(name: url, interval: .seconds(300), logger: logger) { try await Self.fetch(url) }
        }
        return (WebTokenVerifier(keys: keys, rules: rules), keys)
    }

    private static func fetch(_ url: String) async throws -> [UInt8] {
        let http = HTTPClient(
            configuration: HTTPClient.Configuration(
                redirectConfiguration: .disallow, timeout: .init(connect: timeout)))
        do {
            let response = try await http.execute(HTTPClientRequest(url: url), timeout: timeout)
            guard response.status == .ok else {
                throw CommandFailure(.unavailable, "the answer has the status \(response.status.code)")
            }
            let bytes = Array(buffer: try await response.body.collect(upTo: maximumBytes))
            try await http.shutdown()
            return bytes
        } catch {
            try? await http.shutdown()
            throw error
        }
    }
}
