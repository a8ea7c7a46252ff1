import Daybook
import DaybookIndex
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// Read your write: an answered write shows, or the answer says that it does not yet.
struct FreshnessTests {
    private static let impatient: ServerOptions = {
        var options = ServerOptions()
        options.applyTimeout = .milliseconds(50)
        return options
    }()

    @Test func `what was answered can be read at once`() async throws {
        try await TestServer.run(.live) { server in
            for number in 0..<50 {
                let id = try await server.publish(#"{"topic": "a.b", "finished": false}"#)
                _ = try await server.send(.patch, "/api/events/\(id)", #"{"status": "failed", "retries": \#(number)}"#)
                #expect(
                    try await server.get("/api/events/\(id)?fields=status,retries").body
                        == #"{"status":"failed","retries":\#(number)}"#)
            }
        }
    }

    @Test func `a write that the index does not show in time says so`() async throws {
        try await TestServer.run(options: Self.impatient) { server in
            _ = try await server.publish(#"{"topic": "a.first"}"#)
            server.log.fault = .reads(.unavailable("gone"))
            let one = try await server.post(#"{"topic": "a.b"}"#)
            #expect(one.status == 200 && one.headers[.daybookApplied] == "false")
            let many = try await server.post("{\"topic\": \"a.b\"}\n{\"topic\": \"a.c\"}", type: .ndjson)
            #expect(many.status == 200 && many.headers[.daybookApplied] == "false")
            let read = try await server.get(
                "/api/events", headers: [.daybookMinPosition: try #require(one.headers[.daybookPosition])])
            #expect(read.status == 200 && read.headers[.daybookApplied] == "false")
        }
    }

    @Test func `a read waits for the position it names`() async throws {
        try await TestServer.run { server in
            let publisher = try server.node.parts().publisher
            let published = try await publisher.publish(Event(topic: "from.elsewhere"))
            for position in [
                published.position.description,
                PositionVector([published.position.partition: published.position.offset + 1]).description,
            ] {
                let answer = try await server.get(
                    "/api/events/\(published.id)", headers: [.daybookMinPosition: position])
                #expect(answer.status == 200 && answer.headers[.daybookApplied] == nil)
            }
        }
    }

    @Test func `a minimum that is no position is refused`() async throws {
        try await TestServer.run { server in
            // Behind the greatest offset there is none.
            for path in ["/api/events", "/api/topics", "/api/jobs"] {
                let answer = try await server.get(path, headers: [.daybookMinPosition: "x:0:9223372036854775807"])
                #expect(answer.status == 400, "\(path)")
            }
            let answer = try await server.get("/api/events", headers: [.daybookMinPosition: "soon"])
            #expect(
                answer.status == 400 && answer.detail?.hasPrefix("Daybook-Min-Position: 'soon' is no position") == true)
        }
    }
}
