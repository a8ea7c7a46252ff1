import Foundation

/// An HTTP server that a row measures, running as a process of its own.
final class Server {
    let port: Int
    private let process: Process

    /// Starts a program and waits until it answers on a path.
    ///
    /// - Parameter arguments: gets the port.
    init(_ path: String, arguments: (Int) -> [String], readyPath: String, seconds: Int = 120) throws {
        guard FileManager.default.isExecutableFile(atPath: path) else { throw BenchError("\(path) is not built") }
        port = try Self.freePort()
        process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments(port)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<seconds * 20 {
            guard process.isRunning else {
                throw BenchError("\(path) ended with status \(process.terminationStatus) instead of serving")
            }
            if isReady(readyPath) { return }
            usleep(50_000)
        }
        stop()
        throw BenchError("\(path) did not answer \(readyPath) within \(seconds) s")
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The user and system time of its process so far.
    var cpuSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        // The name, in parentheses, may hold blanks: what follows it is counted.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    private func isReady(_ path: String) -> Bool {
        let probe = try? Program.run("curl", ["-sf", "-o", "/dev/null", "--max-time", "2", url(path)])
        return probe != nil
    }

    /// A port that nobody listens on now.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else {
                    return nil
                }
                return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: $0.pointee.sin_port)
                }
            }
        }
        guard let port else { throw BenchError("no port is free: \(String(cString: strerror(errno)))") }
        return Int(port)
    }
}
