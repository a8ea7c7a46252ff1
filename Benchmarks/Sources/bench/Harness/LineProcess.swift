import Foundation

/// A child process that is asked and answers line by line. Its standard error is ours.
final class LineProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffer: [UInt8] = []
    private let name: String

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        name = ([(path as NSString).lastPathComponent] + arguments.prefix(2)).joined(separator: " ")
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        do {
            try process.run()
        } catch {
            throw BenchError("cannot start \(path): \(error.localizedDescription)")
        }
    }

    var processIdentifier: Int32 { process.processIdentifier }

    func send(_ line: String) throws {
        do {
            try input.fileHandleForWriting.write(contentsOf: Array("\(line)\n".utf8))
        } catch {
            throw BenchError("\(name) is gone; its message is above")
        }
    }

    /// Waits for the next line.
    func line() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeSubrange(...end)
                return line
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchError("\(name) ended early; its message is above") }
            buffer += data
        }
    }

    /// Lets the process end (standard input ends, or the signal comes) and waits for it.
    func stop(signal: Int32? = nil) {
        try? input.fileHandleForWriting.close()
        if let signal, process.isRunning { kill(process.processIdentifier, signal) }
        process.waitUntilExit()
    }
}
