import Dispatch
import Glibc
import Synchronization

/// Looks the addresses of a host up, as the system does: DNS, the hosts file and all spellings of addresses.
struct AddressLookup: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    var addresses: @Sendable (_ host: String) async throws -> [NetworkAddress]

    /// The system's. A call that is cancelled returns at once; what it left behind ends by the resolver's own time limit.
    static let system = AddressLookup { host in
        let outcome = Outcome()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                outcome.wait(continuation)
                DispatchQueue.global().async { outcome.finish(Result { try blocking(host) }) }
            }
        } onCancel: {
            outcome.finish(.failure(CancellationError()))
        }
    }

    private static func blocking(_ host: String) throws -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            throw Failure(description: "'\(host)' cannot be looked up: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var next = list
        while let info = next?.pointee {
            if let address = NetworkAddress(info), !addresses.contains(address) { addresses.append(address) }
            next = info.ai_next
        }
        guard !addresses.isEmpty else { throw Failure(description: "'\(host)' has no address") }
        return addresses
    }

    /// The first of an outcome and a cancellation, whichever order they and the waiting come in.
    private final class Outcome: Sendable {
        private struct State {
            var continuation: CheckedContinuation<[NetworkAddress], any Error>?
            var result: Result<[NetworkAddress], any Error>?
        }

        private let state = Mutex(State())

        func wait(_ continuation: CheckedContinuation<[NetworkAddress], any Error>) {
            let result = state.withLock { state in
                if state.result == nil { state.continuation = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }

        func finish(_ result: Result<[NetworkAddress], any Error>) {
            let continuation = state.withLock { state -> CheckedContinuation<[NetworkAddress], any Error>? in
                guard state.result == nil else { return nil }
                state.result = result
                return state.continuation
            }
            continuation?.resume(with: result)
        }
    }
}

extension NetworkAddress {
    fileprivate init?(_ info: addrinfo) {
        switch info.ai_family {
        case AF_INET:
            guard
                let address = info.ai_addr?.withMemoryRebound(
                    to: sockaddr_in.self, capacity: 1, { $0.pointee.sin_addr })
            else { return nil }
            self.init(bytes: withUnsafeBytes(of: address) { Array($0) })
        case AF_INET6:
            guard
                let address = info.ai_addr?.withMemoryRebound(
                    to: sockaddr_in6.self, capacity: 1, { $0.pointee.sin6_addr })
            else { return nil }
            self.init(bytes: withUnsafeBytes(of: address) { Array($0) })
        default: return nil
        }
    }
}
