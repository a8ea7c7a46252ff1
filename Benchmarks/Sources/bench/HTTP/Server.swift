import Foundation

/// An HTTP server that a row measures, running as a process of its own.
final class Server {
    let port: Int
    private let process: Process

    /// What it says, for when it does not serve.
    private let messages: String

    /// Starts a program and waits until it answers on a path.
    ///
    /// - Parameter arguments: gets the port.
    init(
        _ path: String, arguments: (Int) -> [String], readyPath: String, directory: String, seconds: Int = 120
    ) throws {
        guard FileManager.default.isExecutableFile(atPath: path) else { throw BenchError("\(path) is not built") }
        port = try Loopback.freePort()
        process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments(port)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        messages = "\(directory)/messages-\(port)"
        try "".write(toFile: messages, atomically: false, encoding: .utf8)
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: messages))
        try process.run()
        for _ in 0..<seconds * 500 {
            guard process.isRunning else {
                throw BenchError("\(path) ended instead of serving: \(lastMessage)")
            }
            if Loopback.answers(port: port, path: readyPath) { return }
            usleep(2000)
        }
        stop()
        throw BenchError("\(path) did not answer \(readyPath) within \(seconds) s: \(lastMessage)")
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

    private var lastMessage: String {
        let text = (try? String(contentsOfFile: messages, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "it said nothing"
    }
}
