import Glibc

/// A small HTTP/1.1 server on a free port of the loopback, that answers as a test says.
public final class StandInServer: Sendable {
    public struct Request: Sendable {
        public var method = ""
        public var path = ""
        /// Names in lower case.
        public var headers: [String: String] = [:]
        public var body: [UInt8] = []

        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public struct Answer: Sendable {
        public var status: Int
        public var headers: [String: String]
        public var body: String
        /// Nothing is answered, and the connection stays open.
        public var isSilent: Bool

        public init(status: Int = 200, headers: [String: String] = [:], body: String = "", isSilent: Bool = false) {
            self.status = status
            self.headers = headers
            self.body = body
            self.isSilent = isSilent
        }
    }

    public let port: Int
    private let listener: Int32
    private let received = Box<[Request]>([])
    private let connections = Box<Set<Int32>>([])
    private let answer: @Sendable (Request) -> Answer

    public init(_ answer: @escaping @Sendable (Request) -> Answer = { _ in Answer() }) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let descriptor = listener
        port = try Self.bind(listener)
        guard listen(descriptor, 64) == 0 else { throw Failure() }
        startThread { [received, connections, answer] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                connections.withLock { _ = $0.insert(connection) }
                startThread {
                    Self.serve(connection, received, answer)
                    // Under the lock: a closed descriptor's number is soon another's.
                    connections.withLock {
                        $0.remove(connection)
                        close(connection)
                    }
                }
            }
        }
    }

    public struct Failure: Error {}

    /// - Returns: the free port of the loopback that the socket is bound to.
    public static func bind(_ socket: Int32) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            guard let raw = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return Glibc.bind(socket, raw, length) == 0 && getsockname(socket, raw, &length) == 0
        }
        guard isBound else { throw Failure() }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        // Those who read from them close them.
        connections.withLock { for connection in $0 { shutdown(connection, Int32(SHUT_RDWR)) } }
    }

    public var requests: [Request] { received.value }

    private static func serve(
        _ connection: Int32, _ received: Box<[Request]>, _ answer: @Sendable (Request) -> Answer
    ) {
        var bytes: [UInt8] = []
        while let request = read(from: connection, &bytes) {
            received.withLock { $0.append(request) }
            let answer = answer(request)
            if answer.isSilent { continue }
            var head = "HTTP/1.1 \(answer.status) Said\r\ncontent-length: \(answer.body.utf8.count)\r\n"
            for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
            let whole = Array((head + "\r\n" + answer.body).utf8)
            guard send(connection, whole, whole.count, Int32(MSG_NOSIGNAL)) == whole.count else { return }
        }
    }

    private static func read(from connection: Int32, _ bytes: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = bytes.firstRange(of: end) {
                let lines = String(decoding: bytes[..<range.lowerBound], as: UTF8.self).split(separator: "\r\n")
                let words = lines.first?.split(separator: " ") ?? []
                guard words.count == 3 else { return nil }
                var request = Request(method: String(words[0]), path: String(words[1]))
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    request.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
                }
                let length = request.headers["content-length"].flatMap { Int($0) } ?? 0
                if bytes.count >= range.upperBound + length {
                    request.body = Array(bytes[range.upperBound..<range.upperBound + length])
                    bytes.removeFirst(range.upperBound + length)
                    return request
                }
            }
            let part = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = max(recv(connection, buffer.baseAddress, buffer.count, 0), 0)
            }
            if part.isEmpty { return nil }
            bytes += part
        }
    }
}
