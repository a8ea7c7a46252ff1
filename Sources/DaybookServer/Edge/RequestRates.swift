import Daybook
import Glibc
import HTTPTypes
import NIOCore

/// How often somebody may ask: each key and each token's subject, and where there are none each address.
///
/// An address of IPv6 is a network of it (/64): whoever has one has all of it.
final class RequestRates: Sendable {
    private enum Key: Hashable, Sendable {
        case caller(String, Caller.Origin)
        case address(String)
    }

    /// How often credentials that do not count may come from one address in a second, and at once. Nobody finds a key by
    /// trying; but each try costs work and a line in the log.
    private static let failureRate = 2.0
    private static let failureBurst = 100

    /// Nil: as often as they like.
    private let requests: RateLimiter<Key>?
    private let failures = RateLimiter<String>(rate: failureRate, burst: failureBurst)
    /// Lines that tell that no more are written.
    private let notices = RateLimiter<String>(rate: 1.0 / 60, burst: 1)

    init(_ options: ServerOptions) {
        requests = options.rateLimit.map { rate in
            RateLimiter(rate: rate, burst: options.rateBurst ?? max(10, Int(rate * 2)))
        }
    }

    /// Counts a request.
    ///
    /// - Returns: how long to wait; nil when it may be answered.
    func wait(_ caller: Caller, from peer: SocketAddress?) -> Duration? {
        guard let requests, caller.origin != .log else { return nil }
        guard let name = caller.name else { return requests.take(.address(Self.group(peer))) }
        return requests.take(.caller(name, caller.origin))
    }

    /// Whether credentials that did not count are answered as such and written down; else there were too many.
    enum Failure: Equatable {
        case told
        /// How long to wait, and whether that this happens is to be written down.
        case tooMany(Duration, isNews: Bool)
    }

    /// Counts credentials that did not count. Who comes by a socket in the file system has no address to be told by.
    func failure(from peer: SocketAddress?) -> Failure {
        guard peer?.ipAddress != nil else { return .told }
        let group = Self.group(peer)
        guard let wait = failures.take(group) else { return .told }
        return .tooMany(wait, isNews: notices.take(group) == nil)
    }

    private static func group(_ peer: SocketAddress?) -> String {
        let peer = peer?.ipAddress ?? peer?.pathname ?? ""
        var bytes = [UInt8](repeating: 0, count: 16)
        guard peer.contains(":"), inet_pton(AF_INET6, peer, &bytes) == 1 else { return peer }
        // Addresses of IPv4 are written in IPv6's last bytes.
        let isMapped = bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return isMapped ? "\(bytes.suffix(4))" : "\(bytes.prefix(8))"
    }
}

extension Problem {
    /// - Parameter wait: until when it makes sense to ask again.
    static func tooManyRequests(_ detail: String, wait: Duration) -> Problem {
        var problem = Problem(.tooManyRequests, detail)
        problem.headers[.retryAfter] = "\(max(1, Int((wait / .seconds(1)).rounded(.up))))"
        return problem
    }
}
