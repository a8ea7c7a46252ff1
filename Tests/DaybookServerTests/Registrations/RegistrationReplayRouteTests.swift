import Daybook
import DaybookIndex
import LosslessJSON
import Synchronization
import Testing

@testable import DaybookServer

/// `POST /api/registrations/{name}/replay`, and what was sent.
struct RegistrationReplayRouteTests {
    private final class Printer: EventHandler {
        private let printed = Mutex<[String]>([])

        var pages: [String] { printed.withLock { $0 } }

        func handle(_ deliveries: [Delivery]) async throws {
            for delivery in deliveries {
                if delivery.event.description == "bad" { throw HandlerFailure.permanent("no paper") }
                printed.withLock { $0.append(delivery.event.description) }
            }
        }
    }

    private static func run(_ body: @escaping @Sendable (TestServer, Printer) async throws -> Void) async throws {
        let printer = Printer()
        try await TestServer.run(makeHandler: { $0.delivery == .handler ? printer : nil }) { server in
            try await server.register(#""name": "print", "filter": "topic = page.*", "delivery": "handler""#)
            try await server.register(#""name": "fetch", "delivery": "pull""#)
            try await body(server, printer)
        }
    }

    @Test func `the past goes through the handler once more, and positions stay`() async throws {
        try await Self.run { server, printer in
            for page in ["1", "bad", "2"] {
                _ = try await server.publish(#"{"topic": "page.new", "description": "\#(page)"}"#)
            }
            _ = try await server.publish(#"{"topic": "other.new"}"#)
            _ = try await server.whenRegistration("print") {
                $0["lag"]?["records"]?.number == "0" && $0["deadLetters"]?.number == "1"
            }
            #expect(printer.pages.sorted() == ["1", "2"])
            let answer = try await server.act("print", "replay", #"{"from": "earliest"}"#)
            let last = try #require(answer.lines.last)
            #expect(answer.status == 200 && last["end"] == .bool(true), "\(answer)")
            #expect(last["delivered"]?.number == "2" && last["failed"]?.number == "1")
            #expect(last["failures"]?.items.map { $0["reason"]?.text } == ["no paper"])
            #expect(printer.pages.sorted() == ["1", "1", "2", "2"])
            let after = try await server.registration("print")
            #expect(after["lag"]?["records"]?.number == "0" && after["deadLetters"]?.number == "1")
            // From where it ended there is nothing more.
            let resume = try #require(last["resume"]?.text)
            let none = try await server.act("print", "replay", #"{"from": "\#(resume)"}"#)
            #expect(none.lines.last?["delivered"]?.number == "0")
        }
    }

    @Test func `what cannot be replayed is refused before anything is`() async throws {
        try await Self.run { server, _ in
            for body in [#"{"from": "soon"}"#, #"{"to": "later"}"#, #"{"form": "earliest"}"#, "[]"] {
                #expect(try await server.act("print", "replay", body).status == 400, "\(body)")
            }
            let pulled = try await server.act("fetch", "replay", "{}")
            #expect(pulled.status == 409 && pulled.detail?.contains("delivery: pull") == true, "\(pulled)")
            #expect(try await server.act("none", "replay", "{}").status == 404)
        }
    }

    @Test func `deliveries are shown with their latest attempts, the last tried first`() async throws {
        try await Self.run { server, _ in
            let registrations = try server.node.parts().registrations
            func attempt(_ offset: Int64, _ status: Int?, _ error: String?) -> DeliveryAttempt {
                let entry = HistoryEntry(
                    position: Position(StreamPartition("daybook.page", 0), offset), time: .now,
                    record: EventRecord(operation: .created, recordID: "1", event: Event(topic: "page.new")))
                return DeliveryAttempt(
                    Delivery(entry, registration: "print"), message: "msg_\(offset)", time: .now,
                    duration: .milliseconds(250), status: status, error: error)
            }
            registrations.note(attempt(1, 503, "503 Busy"))
            registrations.note(attempt(2, nil, "no connection"))
            for _ in 0..<12 { registrations.note(attempt(1, 200, nil)) }
            var answer = try await server.registration("print", "/deliveries")
            while answer["deliveries"]?.items.first?["count"]?.number != "13" {
                answer = try await server.registration("print", "/deliveries")
            }
            let deliveries = answer["deliveries"]?.items ?? []
            #expect(deliveries.map { $0["message"]?.text } == ["msg_1", "msg_2"], "\(answer)")
            #expect(deliveries[0]["attempts"]?.items.count == 10)
            #expect(deliveries[0]["attempts"]?.items.last?["status"]?.number == "200")
            let failed = deliveries[1]["attempts"]?.items.first
            #expect(failed?["status"] == .null && failed?["error"]?.text == "no connection")
            #expect(failed?["seconds"]?.number == "0.25" && failed?["time"]?.text != nil)
            let one = try await server.registration("print", "/deliveries?limit=1")
            #expect(one["deliveries"]?.items.count == 1)
            #expect(try await server.registration("print", "/deliveries?limit=0").status == 400)
            #expect(try await server.registration("fetch", "/deliveries")["deliveries"]?.items.isEmpty == true)
            #expect(try await server.registration("none", "/deliveries").status == 404)
        }
    }
}
