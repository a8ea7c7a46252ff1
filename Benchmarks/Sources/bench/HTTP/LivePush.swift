import Foundation
import LosslessJSON

/// A subscriber on a WebSocket and a publisher, one event after the other: the median of the time from the request to the
/// message about it, in milliseconds.
final class LivePush: Contender {
    private let server: Server
    private let events: Int
    private let subscriber: WebSocketSubscriber
    private let publisher: KeepAliveConnection

    init(_ server: Server, events: Int) throws {
        self.server = server
        self.events = events
        publisher = try KeepAliveConnection(port: server.port)
        subscriber = try WebSocketSubscriber(port: server.port, topic: "pipeline.")
        // It tells of the first heartbeat when it has heard what is wanted.
        try subscriber.wait { $0.contains("heartbeat") }
    }

    func round() throws -> Measurement {
        let cpu = server.cpuSeconds
        var times: [Duration] = []
        for _ in 0..<events {
            let start = ContinuousClock.now
            try publisher.write("POST", "/api/events", Workload.postBody)
            // The message may come before the answer.
            try subscriber.wait { $0.contains("pipeline.shot.published") }
            times.append(start.duration(to: .now))
            guard try publisher.answer().status == 200 else { throw BenchError("an event was refused") }
        }
        times.sort()
        return Measurement(
            value: times[times.count / 2] / .milliseconds(1),
            cpuMicroseconds: (server.cpuSeconds - cpu) * 1e6 / Double(events))
    }

    func stop() {
        server.stop()
    }
}

/// What a WebSocket is told, text after text. Knows no more of the protocol than that takes.
final class WebSocketSubscriber {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int, topic: String) throws {
        descriptor = try Loopback.connection(port: port)
        try send(
            Array(
                """
                GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n
                """.utf8))
        let end = Array("\r\n\r\n".utf8)
        var head: Range<Int>?
        repeat {
            try receive()
            head = received.firstRange(of: end)
        } while head == nil
        guard received.starts(with: Array("HTTP/1.1 101".utf8)), let head else {
            throw BenchError("the server opened no WebSocket")
        }
        received.removeSubrange(..<head.upperBound)
        // A text frame, masked with zeros.
        let text = Array(#"{"topic":"auth","token":"","subscribe":["\#(topic)"]}"#.utf8)
        try send([0x81, 0x80 | UInt8(text.count), 0, 0, 0, 0] + text)
    }

    deinit { close(descriptor) }

    /// Reads messages until one is the right one.
    func wait(_ isIt: (String) -> Bool) throws {
        while true {
            guard let (start, length) = frame, received.count >= start + length else {
                try receive()
                continue
            }
            let text = String(decoding: received[start..<start + length], as: UTF8.self)
            let opcode = received[0] & 0x0F
            received.removeFirst(start + length)
            guard opcode != 8 else { throw BenchError("the server closed the WebSocket") }
            if opcode == 1, isIt(text) { return }
        }
    }

    /// Where the first frame's text begins and how long it is; nil before that is known.
    private var frame: (start: Int, length: Int)? {
        guard received.count >= 2 else { return nil }
        let short = Int(received[1] & 0x7F)
        guard short == 126 else { return (2, short) }
        guard received.count >= 4 else { return nil }
        return (4, Int(received[2]) << 8 | Int(received[3]))
    }

    private func send(_ bytes: [UInt8]) throws {
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw BenchError("the server closed the WebSocket")
        }
    }

    private func receive() throws {
        try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { throw BenchError("the server closed the WebSocket") }
            received.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
