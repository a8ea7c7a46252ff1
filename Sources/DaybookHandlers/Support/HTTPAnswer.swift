import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// What a server answered, with the beginning of the body.
struct HTTPAnswer: Sendable {
    var status: Int
    var reason: String
    /// The time that `Retry-After` asks for, from when the answer came.
    var retryAfter: Duration?
    var location: String?
    var body: [UInt8]

    /// Sends a request and reads the answer, of its body at most `limit` bytes.
    static func of(_ request: HTTPClientRequest, with client: HTTPClient, limit: Int) async throws -> HTTPAnswer {
        // The caller's time limit counts; the client wants one, too.
        let response = try await client.execute(request, timeout: .hours(24))
        var body: [UInt8] = []
        for try await part in response.body {
            body += part.readableBytesView.prefix(limit - body.count)
            if body.count >= limit { break }
        }
        return HTTPAnswer(
            status: Int(response.status.code), reason: response.status.reasonPhrase,
            retryAfter: RetryAfter.duration(response.headers.first(name: "retry-after")),
            location: response.headers.first(name: "location"), body: body)
    }

    /// The settings of a client for handlers: no redirects, an error at once when there is no connection.
    static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(30)
        return configuration
    }

    /// Whether the server could not be reached at all, so that the request did not come to it.
    static func isUnreachable(_ error: any Error) -> Bool {
        if error is NIOConnectionError { return true }
        // What a connection that is refused comes as, depending on where it is noticed.
        if let error = error as? IOError {
            return [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode)
        }
        if let error = error as? HTTPClientError { return error == .connectTimeout || error == .tlsHandshakeTimeout }
        if case .connectTimeout = error as? ChannelError { return true }
        // Certificates that do not hold and the like: errors of several types, all of one module that is no dependency
        // of ours.
        return String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
    }
}

/// A client that is shut down when nobody holds it any more, so that one in use can be replaced.
final class HeldHTTPClient: Sendable {
    let client: HTTPClient

    init(_ configuration: HTTPClient.Configuration) {
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        client.shutdown { _ in }
    }
}
