import Daybook
import LosslessJSON
import Synchronization
import Testing

@testable import DaybookServer

/// Dead letters: listed, shown, redriven, dropped.
struct DeadLetterRouteTests {
    /// Refuses everything until it is repaired.
    private final class Printer: EventHandler {
        private let isBroken = Mutex(true)
        private let printed = Mutex<[String]>([])

        var pages: [String] { printed.withLock { $0 } }

        func repair() { isBroken.withLock { $0 = false } }

        func handle(_ deliveries: [Delivery]) async throws {
            if isBroken.withLock({ $0 }) { throw HandlerFailure.permanent("no paper") }
            printed.withLock { $0 += deliveries.map(\.event.description) }
        }
    }

    private static func run(
        _ count: Int, _ body: @escaping @Sendable (TestServer, Printer) async throws -> Void
    ) async throws {
        let printer = Printer()
        try await TestServer.run(makeHandler: { $0.delivery == .handler ? printer : nil }) { server in
            let made = try await server.register(#""name": "print", "filter": "topic = page.*", "delivery": "handler""#)
            #expect(made.status == 201, "\(made)")
            for number in 0..<count {
                _ = try await server.publish(
                    #"{"topic": "page.\#(number % 2 == 0 ? "even" : "odd")", "description": "\#(number)", "payload": {"n": 1}}"#
                )
            }
            _ = try await server.whenRegistration("print") { $0["deadLetters"]?.number == "\(count)" }
            try await body(server, printer)
        }
    }

    @Test func `they are listed page by page, by a filter, and one by one`() async throws {
        try await Self.run(10) { server, _ in
            var seen: [String] = []
            var after = ""
            repeat {
                let page = try await server.registration("print", "/dead-letters?limit=4\(after)")
                let letters = page["deadLetters"]?.items ?? []
                seen += letters.compactMap(\.eventText)
                #expect(letters.allSatisfy { $0["error"]?.text == "no paper" && $0["attempts"]?.number == "1" })
                #expect(letters.allSatisfy { $0["event"]?["payload"] == nil && $0["lastFailure"]?.text != nil })
                after = page["next"]?.text.map { "&after=\($0)" } ?? ""
            } while !after.isEmpty
            #expect(seen.count == 10 && Set(seen).count == 10)
            let odd = try await server.registration("print", "/dead-letters?filter=topic%20%3D%20page.odd")
            #expect(odd["deadLetters"]?.items.count == 5 && odd["next"] == .null)
            let position = try #require(odd["deadLetters"]?.items.first?["position"]?.text)
            for path in [position, position.replacing(":", with: "%3A")] {
                let letter = try await server.registration("print", "/dead-letters/\(path)")
                #expect(letter["position"]?.text == position && letter["event"]?["payload"]?["n"]?.number == "1")
            }
            #expect(try await server.registration("print", "/dead-letters/daybook.page:0:999").status == 404)
            for path in ["/dead-letters/x", "?limit=0", "?limit=1001", "?after=x", "?filter=x", "?x=1"] {
                let full = path.hasPrefix("?") ? "/dead-letters" + path : path
                #expect(try await server.registration("print", full).status == 400, "\(path)")
            }
            #expect(try await server.registration("print", "/dead-letters/redrive").status == 405)
        }
    }

    @Test func `they are delivered again, each once`() async throws {
        try await Self.run(10) { server, printer in
            printer.repair()
            let odd = try await server.act("print", "dead-letters/redrive", #"{"filter": "topic = page.odd"}"#)
            #expect(odd.status == 200 && odd["moved"]?.number == "5" && odd["next"] == .null)
            let some = try await server.act("print", "dead-letters/redrive", #"{"limit": 2}"#)
            #expect(some["moved"]?.number == "2")
            let next = try #require(some["next"]?.text)
            let rest = try await server.act("print", "dead-letters/redrive", #"{"after": "\#(next)"}"#)
            #expect(rest["moved"]?.number == "3")
            let shown = try await server.whenRegistration("print") {
                $0["deadLetters"]?.number == "0" && $0["retries"]?.number == "0"
            }
            #expect(shown["member"]?["deadLettered"]?.number == "10")
            #expect(printer.pages.sorted() == (0..<10).map(String.init))
            #expect(try await server.act("print", "dead-letters/redrive")["moved"]?.number == "0")
        }
    }

    @Test func `they are dropped for good`() async throws {
        try await Self.run(4) { server, printer in
            let dropped = try await server.act("print", "dead-letters/drop", #"{"filter": "topic = page.even"}"#)
            #expect(dropped["moved"]?.number == "2")
            let left = try await server.registration("print", "/dead-letters")["deadLetters"]?.items
            #expect(left?.allSatisfy { $0["event"]?["topic"]?.text == "page.odd" } == true && left?.count == 2)
            #expect(printer.pages.isEmpty)
            for body in [#"{"limit": 0}"#, #"{"filter": "x"}"#, #"{"after": "x"}"#, #"{"all": true}"#] {
                #expect(try await server.act("print", "dead-letters/drop", body).status == 400, "\(body)")
            }
        }
    }

    @Test func `metrics tell of registrations`() async throws {
        try await Self.run(3) { server, _ in
            let metrics = try await server.get("/metrics").body
            #expect(metrics.contains(#"daybook_registration_dead_letters{registration="print"} 3"#))
            #expect(metrics.contains(#"daybook_registration_dead_lettered_total{registration="print"} 3"#))
            #expect(metrics.contains(#"daybook_registration_matched_records_total{registration="print"} 3"#))
            #expect(metrics.contains(#"daybook_registration_paused{registration="print"} 0"#))
            #expect(
                metrics.contains(
                    #"daybook_registration_lag_records{registration="print",stream="daybook.page",partition="0"} "#))
            #expect(metrics.contains(#"daybook_registration_lag_seconds{registration="print""#))
        }
    }
}
