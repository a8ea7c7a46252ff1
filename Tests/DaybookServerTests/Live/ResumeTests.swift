import Daybook
import DaybookIndex
import DaybookTesting
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Synchronization
import Testing

@testable import DaybookServer

/// Subscribers that come back lose nothing and are told nothing twice.
struct ResumeTests {
    @Test func `earliest begins with all there is, then goes on live`() async throws {
        try await TestServer.run(.live) { server in
            var published: Set<String> = []
            for number in 0..<50 { published.insert(try await server.publish(#"{"topic": "a\#(number % 3).b"}"#)) }
            let ids = published
            try await LiveSocket.with(port: server.client.port, auth: #""subscribe": ["a"], "from": "earliest""#) {
                socket in
                var told: [String] = []
                for _ in 0..<50 { told.append(try #require(try await socket.next()["id"]?.text)) }
                let late = try await server.publish(#"{"topic": "a0.b"}"#)
                told.append(try #require(try await socket.next()["id"]?.text))
                #expect(told.count == Set(told).count && Set(told) == ids.union([late]))
            }
        }
    }

    @Test func `a record, a time and a token say where to go on`() async throws {
        try await TestServer.run(.live) { server in
            func publish(_ number: Int) async throws -> Answer {
                try await server.post(#"{"topic": "a.b", "description": "\#(number)"}"#)
            }
            func told(_ from: String, _ count: Int) async throws -> ([String], token: String) {
                let seen = Mutex<([String], token: String)>(([], ""))
                try await LiveSocket.with(
                    port: server.client.port, auth: #""subscribe": ["a"], "from": "\#(from)""#
                ) { socket in
                    for _ in 0..<count {
                        let message = try await socket.next()
                        let text = try #require(message["description"]?.text)
                        let token = try #require(message["token"]?.text)
                        seen.withLock { $0 = ($0.0 + [text], token) }
                    }
                }
                return seen.withLock { $0 }
            }
            _ = try await publish(1)
            let second = try #require(try await publish(2).headers[.daybookPosition])
            let third = try await publish(3)
            let id = try #require(third["id"]?.text)
            let time = try #require(try await server.get("/api/events/\(id)")["updatedAt"]?.text)
            _ = try await publish(4)

            #expect(Set(try await told(time, 2).0) == ["3", "4"])
            // Behind the second; what other partitions took at the same time or later may come with it.
            #expect(Set(try await told(second, 2).0).isSuperset(of: ["3", "4"]))
            let (all, token) = try await told("earliest", 4)
            #expect(Set(all) == ["1", "2", "3", "4"])
            _ = try await publish(5)
            #expect(try await told(token, 1).0 == ["5"])
            // A token is also what a replay takes and gives.
            #expect(PositionVector(token) != nil)
        }
    }

    @Test func `cut off again and again, each message is seen once`() async throws {
        try await TestServer.run(.live) { server in
            let count = 400
            let publishing = Task {
                var ids: [String] = []
                for number in 0..<count {
                    ids.append(
                        try await server.publish(
                            #"{"topic": "a\#(number % 4).b", "store": \#(number % 5 != 0)}"#))
                }
                return ids
            }
            let state = Mutex<(seen: [String], from: String)>(([], "earliest"))
            for turn in 0..<40 where state.withLock({ $0.seen.count }) < count {
                let from = state.withLock(\.from)
                let wanted = turn == 39 ? count : 1 + turn % 17
                try await LiveSocket.with(
                    port: server.client.port, auth: #""subscribe": ["a"], "from": "\#(from)""#
                ) { socket in
                    for _ in 0..<wanted where state.withLock({ $0.seen.count }) < count {
                        let message = try await socket.next()
                        let id = try #require(message["id"]?.text)
                        let token = try #require(message["token"]?.text)
                        state.withLock { $0 = ($0.seen + [id], token) }
                    }
                }
            }
            let published = try await publishing.value
            let seen = state.withLock(\.seen)
            #expect(seen.count == count)
            #expect(Set(seen) == Set(published))
        }
    }

    @Test func `a position that retention has overtaken is named`() async throws {
        let store = MemoryStore(maximumRecordBytes: 1 << 22) { .now }
        try await TestServer.run(.live, log: BreakableLog(MemoryLog(store: store))) { server in
            let answer = try await server.post(#"{"topic": "a.b"}"#)
            let position = try #require(answer.headers[.daybookPosition].flatMap { Position($0) })
            let token = PositionVector([position.partition: 0]).description
            try await server.log.trim(position.partition, before: position.offset + 1)
            try await LiveSocket.with(port: server.client.port) { socket in
                try await socket.send(#"{"topic": "auth", "subscribe": ["*"], "from": "\#(token)"}"#)
                let closed = try await socket.closing()
                #expect(closed.code == 1008 && closed.reason.contains("is not stored"))
            }
            let stream = try await server.get("/api/stream?from=\(token)")
            #expect(stream.status == 410)
        }
    }

    @Test func `one that never reads is cut off and delays nobody`() async throws {
        var options = ServerOptions()
        options.maximumWaitingBytes = 128 << 10
        try await TestServer.run(.live, options: options) { server in
            let port = server.client.port
            let text = String(repeating: "x", count: 50_000)
            let count = 150
            try await LiveSocket.with(port: port, auth: #""subscribe": ["a"]"#, receiveBuffer: 8192) { lazy in
                try await LiveSocket.with(port: port, auth: #""subscribe": ["a"]"#) { quick in
                    let publishing = Task {
                        for _ in 0..<count {
                            _ = try await server.publish(
                                #"{"topic": "a.b", "store": false, "summary": {"text": "\#(text)"}}"#)
                        }
                    }
                    for _ in 0..<count { _ = try await quick.next() }
                    try await publishing.value
                }
                let closed = try await lazy.closing()
                #expect(closed.code == 1013 && closed.reason.hasPrefix("too slow"))
            }
        }
    }
}
