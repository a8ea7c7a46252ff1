import Foundation

/// One connection to a server on this machine that sends a request, waits for the answer, and keeps the connection.
final class KeepAliveConnection {
    private let descriptor: Int32
    private let head: String
    private var received: [UInt8] = []

    /// - Parameter headers: sent with every request.
    init(port: Int, headers: [(name: String, value: String)] = []) throws {
        descriptor = try Loopback.connection(port: port)
        head = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    }

    deinit { close(descriptor) }

    func send(_ method: String, _ path: String, _ body: String, type: String = "application/json") throws
        -> (status: Int, body: ArraySlice<UInt8>)
    {
        let request = Array(
            """
            \(method) \(path) HTTP/1.1\r\nhost: localhost\r\ncontent-type: \(type)\r\n\(head)\
            content-length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw BenchError("the server closed the connection") }
            sent += count
        }
        return try answer()
    }

    private func answer() throws -> (status: Int, body: ArraySlice<UInt8>) {
        received.removeAll(keepingCapacity: true)
        while true {
            if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
                guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                    throw BenchError("the server answered with no status")
                }
                let length = lines.lazy.map { $0.lowercased() }.first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) }
                while received.count < end.upperBound + (length ?? 0) { try receive() }
                return (status, received[end.upperBound...])
            }
            try receive()
        }
    }

    private func receive() throws {
        try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { throw BenchError("the server closed the connection") }
            received += buffer[..<count]
        }
    }
}
