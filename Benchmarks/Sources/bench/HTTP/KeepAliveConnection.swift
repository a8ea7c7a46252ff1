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
        try write(method, path, body, type: type)
        return try answer()
    }

    /// Sends a request; its ``answer()`` has to be taken before the next one.
    func write(_ method: String, _ path: String, _ body: String, type: String = "application/json") throws {
        let request = Array(
            """
            \(method) \(path) HTTP/1.1\r\nhost: localhost\r\ncontent-type: \(type)\r\n\(head)\
            content-length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw BenchError("the server closed the connection") }
            sent += count
        }
    }

    /// By hand: what the client takes, the server does not get, as both share the machine.
    func answer() throws -> (status: Int, body: ArraySlice<UInt8>) {
        received.removeAll(keepingCapacity: true)
        while true {
            if let (status, start, length) = received.withUnsafeBytes(Self.head) {
                while received.count < start + length { try receive() }
                return (status, received[start...])
            }
            try receive()
        }
    }

    /// The status, where the body begins and how long it is; nil before all headers are there.
    private static func head(_ bytes: UnsafeRawBufferPointer) -> (status: Int, start: Int, length: Int)? {
        guard let first = bytes.baseAddress, bytes.count > 12 else { return nil }
        let name = "\r\ncontent-length:"
        var length = 0
        for at in 0..<(bytes.count - 3) where bytes[at] == UInt8(ascii: "\r") {
            let line = (first + at).assumingMemoryBound(to: CChar.self)
            if bytes[at + 2] == UInt8(ascii: "\r"), bytes[at + 3] == UInt8(ascii: "\n") {
                return (atol((first + 9).assumingMemoryBound(to: CChar.self)), at + 4, length)
            }
            if at + name.utf8.count < bytes.count, strncasecmp(line, name, name.utf8.count) == 0 {
                length = atol(line + name.utf8.count)
            }
        }
        return nil
    }

    private func receive() throws {
        try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { throw BenchError("the server closed the connection") }
            received.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
