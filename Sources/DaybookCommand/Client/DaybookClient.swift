import AsyncHTTPClient
import LosslessJSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Talks to a Daybook server.
///
/// All commands go through it: against a running server, or, straight on a log, against one of the command's own (see
/// ``OwnServer``), so that each does the same in both cases.
struct DaybookClient: Sendable {
    /// How long a request may take that is not answered bit by bit.
    private static let timeout = TimeAmount.seconds(60)
    /// The largest answer that is held in memory.
    private static let maximumAnswer = 64 << 20

    let http: HTTPClient
    /// What paths are put behind: `http://HOST:PORT`.
    let base: String
    /// How messages name the server.
    let name: String
    let apiKey: String?

    /// The body of a request.
    struct Body {
        var contentType: String
        var bytes: [UInt8]
    }

    /// An answer that is there as a whole.
    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    /// Sends a request and takes the whole answer in.
    ///
    /// - Parameter accepted: statuses besides 200 to 299 that are no failures to the caller.
    /// - Throws: ``CommandFailure``.
    func send(
        _ method: HTTPMethod, _ path: String, query: [(String, String)] = [], body: Body? = nil,
        headers: [(String, String)] = [], accepting accepted: Set<Int> = []
    ) async throws -> Answer {
        do {
            var request = request(method, path, query, body)
            request.headers.add(contentsOf: headers)
            let response = try await http.execute(request, timeout: Self.timeout)
            let answer = Answer(
                status: Int(response.status.code), headers: response.headers,
                body: Array(buffer: try await response.body.collect(upTo: Self.maximumAnswer)))
            guard (200...299).contains(answer.status) || accepted.contains(answer.status) else {
                throw refusal(status: answer.status, body: answer.body)
            }
            return answer
        } catch {
            throw failure(error)
        }
    }

    /// Sends a request and hands the answer to the body line by line, as it comes.
    ///
    /// - Parameter sent: what is sent with POST; nil sends a GET request.
    func stream(
        _ path: String, query: [(String, String)] = [], posting sent: Body? = nil,
        _ body: ([UInt8]) async throws -> Void
    ) async throws {
        do {
            let response = try await http.execute(
                request(sent == nil ? .GET : .POST, path, query, sent), deadline: .distantFuture)
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: 1 << 20)
                throw refusal(status: Int(response.status.code), body: Array(buffer: body))
            }
            var lines = LineSplitter()
            for try await buffer in response.body {
                for line in lines.split(buffer.readableBytesView) { try await body(line) }
            }
            if let line = lines.rest { try await body(line) }
        } catch {
            throw failure(error)
        }
    }

    private func request(
        _ method: HTTPMethod, _ path: String, _ query: [(String, String)], _ body: Body?
    ) -> HTTPClientRequest {
        let parameters = query.map { "\($0.percentEncoded)=\($1.percentEncoded)" }.joined(separator: "&")
        var request = HTTPClientRequest(url: base + path + (parameters.isEmpty ? "" : "?" + parameters))
        request.method = method
        request.headers.add(name: "user-agent", value: "daybook")
        if let apiKey { request.headers.add(name: "x-api-key", value: apiKey) }
        if let body {
            request.headers.add(name: "content-type", value: body.contentType)
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        return request
    }

    // MARK: - Failures

    /// What an answer that is a refusal means for the person at the command line.
    func refusal(status: Int, body: [UInt8]) -> CommandFailure {
        let problem = try? JSONMembers(body)
        let detail = problem?["detail"]?.stringValue ?? "\(name) answered with status \(status)"
        let kind: CommandFailure.Kind =
            switch status {
            case 404: .notFound
            case 400...499, 501: .refused
            case 503, 504, 507: .unavailable
            default: .failure
            }
        var message = detail
        if status == 401 {
            message = "\(name) needs an API key (\(detail)): give one with DAYBOOK_API_KEY or --api-key-file"
        }
        if status >= 500, let request = problem?["requestId"]?.stringValue { message += " (request \(request))" }
        return CommandFailure(kind, message, status: status)
    }

    private func failure(_ error: any Error) -> any Error {
        switch error {
        case is CommandFailure, is CancellationError: return error
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return CommandFailure(.unavailable, "\(name) did not answer in time")
        case let error as HTTPClientError where error == .invalidURL || error == .emptyHost || error == .emptyScheme:
            return CommandFailure(.usage, "\(name) is no address of a server: write http://HOST:PORT")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            // The library has no better way to tell.
            let isUntrusted = "\(error)".contains("CERTIFICATE_VERIFY_FAILED") || error is NIOSSLExtraError
            return CommandFailure(
                .unavailable,
                isUntrusted
                    ? "the certificate of \(name) is not trusted, or is not for this name: if it is of an authority of your"
                        + " own, give that one's certificate with --ca-certificate"
                    : "\(name) does not speak TLS, or no version that this program does")
        case is NIOTooManyBytesError:
            return CommandFailure(.failure, "the answer of \(name) is larger than \(Self.maximumAnswer) bytes")
        case is NIOConnectionError, is IOError, is ChannelError:
            var failure = CommandFailure(
                .unavailable,
                "\(name) cannot be reached (\(Self.reason(error))): start it with `daybook serve`, or name another one with"
                    + " --server or DAYBOOK_SERVER")
            failure.isUnreached = error is NIOConnectionError
            return failure
        case let error as HTTPClientError where error != .remoteConnectionClosed:
            return CommandFailure(.unavailable, "\(name) cannot be talked to: \(error.shortDescription)")
        default:
            return CommandFailure(.unavailable, "\(name) closed the connection in the middle of an answer")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) } ?? "there is no such host"
        case let error as IOError: SystemError(error.errnoCode).description
        default: "\(error)"
        }
    }
}

/// Cuts a stream of bytes into lines.
struct LineSplitter {
    private var held: [UInt8] = []

    /// The lines that are complete now, without their ends.
    mutating func split(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(held + rest[..<end])
            held.removeAll()
            rest = rest[rest.index(after: end)...]
        }
        held += rest
        return lines
    }

    /// What follows the last end of a line; nil when there is nothing.
    var rest: [UInt8]? { held.isEmpty ? nil : held }
}

extension String {
    /// For a part of a URL's path or query: all but letters, digits and `-._~` escaped.
    var percentEncoded: String {
        var encoded = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
