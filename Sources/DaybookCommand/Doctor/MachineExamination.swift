import Daybook
import Glibc

/// Looks at what the machine gives a server: space, permissions, port, clock.
enum MachineExamination {
    /// Below this a disk is as good as full: a write-ahead log needs room to work.
    private static let leastSpace = 100 << 20
    private static let comfortableSpace = 1 << 30

    /// The directory of an embedded log.
    static func directory(_ path: String) -> [Finding] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { return [.failed("directory", "\(path): \(SystemError())")] }
            let parent = nearestExisting(above: path)
            guard access(parent, W_OK | X_OK) == 0 else {
                return [
                    .failed(
                        "directory",
                        "\(path) does not exist, and cannot be made in \(parent) (\(SystemError())): make it for the user"
                            + " that runs the server, or choose another with --data")
                ]
            }
            return [.ok("directory", "\(path) does not exist yet; `daybook serve` makes it"), space(at: parent)]
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return [.failed("directory", "\(path) is no directory: choose another with --data")]
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            return [
                .failed(
                    "directory",
                    "\(path) cannot be read and written (\(SystemError())): give it to the user that runs the server")
            ]
        }
        return [.ok("directory", "\(path) can be read and written"), space(at: path)]
    }

    private static func nearestExisting(above path: String) -> String {
        var path = path
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            if path.isEmpty { return "/" }
            if access(path, F_OK) == 0 { return path }
        }
        return "."
    }

    private static func space(at path: String) -> Finding {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return .warning("disk", "\(path): \(SystemError())") }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        let text = "\(ByteCount.rounded(free)) free where \(path) is"
        if free < leastSpace { return .failed("disk", text + ": make room, or writes will soon be refused") }
        if free < comfortableSpace { return .warning("disk", text + ": make room before it is full") }
        return .ok("disk", text)
    }

    /// Whether a server could listen.
    static func port(_ port: Int, of host: String) -> Finding {
        guard port != 0 else { return .ok("port", "any free one") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        guard code == 0, let address = found else {
            let reason = String(cString: gai_strerror(code))
            return .failed("port", "the host \(host) is not known (\(reason)): change --host")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(address.pointee.ai_family, address.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { return .warning("port", "no socket: \(SystemError())") }
        defer { close(descriptor) }
        // As the server does it, so that connections of a server that just ended do not count.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            switch errno {
            case EADDRINUSE:
                return .failed("port", "\(port) of \(host) is in use: stop what uses it, or choose another with --port")
            case EACCES:
                return .failed("port", "\(port) needs privileges: choose one above 1023 with --port")
            default:
                return .failed("port", "\(host) port \(port): \(SystemError()): change --host or --port")
            }
        }
        return .ok("port", "\(port) of \(host) is free")
    }

    /// This machine's clock against a time that somebody else gave just now, or earlier.
    ///
    /// - Parameter isNow: whether the time was taken just now; else it may lie in the past as far as it likes.
    static func clock(against time: Timestamp, of whom: String, isNow: Bool) -> Finding {
        let ahead = time.microseconds - Timestamp.now.microseconds
        let seconds = Double(abs(ahead)) / 1_000_000
        let rounded = "\(Int(seconds)) s"
        if ahead > 2_000_000 {
            return .warning("clock", "\(whom) is \(rounded) ahead of this machine: let both follow a time server (NTP)")
        }
        if isNow, ahead < -3_000_000 {
            return .warning("clock", "\(whom) is \(rounded) behind this machine: let both follow a time server (NTP)")
        }
        return .ok("clock", "agrees with \(whom)")
    }
}
