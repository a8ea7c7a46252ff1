import Glibc
import TestTools

/// A port of the loopback at which nobody listens, and that nobody else gets: connections to it are refused.
final class DeafPort: Sendable {
    let port: Int
    private let holder: Int32

    init() throws {
        holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        port = try StandInServer.bind(holder)
    }

    deinit { close(holder) }
}
