import Daybook
import DaybookIndex
import DaybookTesting
import HTTPTypes
import Testing

@testable import DaybookServer

/// Right after its start a server does not yet know what the log holds, and must not say that something is not there.
struct CatchUpTests {
    /// A log with an event, whose history cannot be read for now.
    private static func unreadable() async throws -> (log: BreakableLog, id: EventID) {
        let log = BreakableLog(MemoryLog())
        let publisher = Publisher(catalog: try await StreamCatalog.open(log: log))
        let id = try await publisher.publish(Event(topic: "a.b")).id
        log.fault = .readsOf(stream: "daybook.a", .unavailable("gone"))
        return (log, id)
    }

    @Test func `what the index may not know yet is unavailable, not unknown`() async throws {
        let (log, id) = try await Self.unreadable()
        var options = ServerOptions()
        options.applyTimeout = .milliseconds(50)
        try await TestServer.run(options: options, log: log, isCaughtUp: false) { server in
            for id in [id, EventID.generate()] {
                let path = "/api/events/\(id)"
                for get in [path, path + "/history", "/api/events?id=\(id)"] {
                    let answer = try await server.get(get)
                    #expect(answer.status == 503 && answer.headers[.retryAfter] == "1", "\(get): \(answer)")
                    #expect(answer.detail?.hasPrefix("the index is still being made from the log (") == true)
                    #expect(answer["stored"] == nil, "nothing was to be stored")
                }
                let patch = try await server.send(.patch, path, #"{"status": "failed"}"#)
                for answer in [patch, try await server.send(.delete, path)] {
                    #expect(answer.status == 503 && answer.headers[.retryAfter] == "1", "\(answer)")
                    #expect(answer["stored"]?.text == "no")
                }
            }
            server.log.fault = nil
            try await withDeadline(what: "the projector to catch up") {
                try await server.node.parts().projector.caughtUp()
            }
            #expect(try await server.get("/api/events/\(id)").status == 200)
            #expect(try await server.get("/api/events/\(EventID.generate())").status == 404)
            #expect(try await server.send(.patch, "/api/events/\(id)", #"{"status": "failed"}"#).status == 204)
            #expect(try await server.send(.patch, "/api/events/\(EventID.generate())", "{}").status == 404)
        }
    }

    @Test func `a request waits for the index to be made`() async throws {
        let (log, id) = try await Self.unreadable()
        var options = ServerOptions()
        options.applyTimeout = .seconds(60)
        try await TestServer.run(options: options, log: log, isCaughtUp: false) { server in
            async let known = server.get("/api/events/\(id)")
            async let unknown = server.get("/api/events/\(EventID.generate())")
            async let changed = server.send(.patch, "/api/events/\(id)", #"{"retries": 1}"#)
            await Task.yield()
            #expect(try !server.node.parts().projector.hasCaughtUp)
            server.log.fault = nil
            let answers = try await [known, unknown, changed]
            #expect(answers.map(\.status) == [200, 404, 204])
        }
    }

    @Test func `what is published after the start does not have to be waited for`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "a.b"}"#)
            server.log.fault = .readsOf(stream: "daybook.a", .unavailable("gone"))
            let late = try await server.node.parts().publisher.publish(Event(topic: "a.late"))
            #expect(try await server.get("/api/events/\(id)?fields=topic").status == 200)
            #expect(try await server.get("/api/events/\(late.id)?fields=topic").status == 404)
        }
    }
}
