import Daybook
import DaybookIndex
import Foundation
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// The description of the HTTP interface is what the server does.
@Suite struct OpenAPITests {
    private static func document() throws -> JSONValue { try JSONValue(OpenAPIDocument.bytes) }

    @Test func `it is served as it lies in the repository`() async throws {
        var file = URL(filePath: #filePath)
        for _ in 0..<4 { file.deleteLastPathComponent() }
        let text = try String(contentsOf: file.appending(path: "docs/openapi.json"), encoding: .utf8)
        try await TestServer.run(isOpening: false) { server in
            let answer = try await server.get("/openapi.json")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.body == text)
            #expect(try await server.get("/openapi.json?a=b").status == 400)
        }
    }

    @Test func `it has every route and method, and no other`() async throws {
        let document = try Self.document()
        try await TestServer.run { server in
            let routes = Set(server.routes)
            #expect(routes == Set(document["paths"]?.keys ?? []))
            for path in routes.sorted() {
                let answer = try await server.send(.options, Self.filled(path))
                let allowed = try #require(answer.headers[.allow], "\(path): \(answer)")
                var described = document["paths"]?[path]?.keys.map { $0.uppercased() } ?? []
                if described.contains("GET") { described.append("HEAD") }
                #expect(Set(allowed.split(separator: ", ").map(String.init)) == Set(described), "\(path)")
            }
        }
    }

    @Test func `it has the query parameters that routes take`() async throws {
        let document = try Self.document()
        // These say nothing of parameters that they do not take.
        let careless: Set<String> = ["/livez", "/readyz", "/metrics", "/ws", "/api/auth/login"]
        try await TestServer.run { server in
            for path in server.routes where !careless.contains(path) {
                for method in document["paths"]?[path]?.keys ?? [] {
                    let answer = try await server.send(
                        try #require(HTTPRequest.Method(method.uppercased())), Self.filled(path) + "?no-such=1", "{}")
                    let message = answer["errors"]?.items.first?["msg"]?.text ?? ""
                    #expect(
                        answer.status == 400 && message.hasPrefix("unknown parameter; "), "\(method) \(path): \(answer)"
                    )
                    let taken = message.split(separator: "allowed are ").last.map { $0.split(separator: ", ") } ?? []
                    let described = Self.parameters(of: path, method, in: document, from: "query")
                    #expect(
                        Set(described) == Set(message.contains("takes none") ? [] : taken.map(String.init)),
                        "\(method) \(path)")
                }
            }
        }
    }

    @Test func `it names the members that bodies may have`() async throws {
        let document = try Self.document()
        let bodies =
            [
                ("pause", "RegistrationPause"), ("pull", "PullRequest"), ("ack", "AckRequest"), ("nack", "NackRequest"),
                ("extend", "ExtendRequest"), ("reset", "RegistrationReset"), ("replay", "RegistrationReplay"),
                ("dead-letters/drop", "MoveRequest"), ("dead-letters/redrive", "MoveRequest"),
            ].map { ("/api/registrations/work/\($0)", $1) } + [("/api/keys", "KeyRequest")]
        try await TestServer.run { server in
            for (route, schema) in bodies {
                let answer = try await server.send(.post, route, #"{"no-such": 1}"#)
                let message = answer["errors"]?.items.compactMap { $0["msg"]?.text }.last ?? ""
                let names = message.split(separator: "there are ").last?.split(separator: ", ").map(String.init) ?? []
                #expect(Set(names) == Set(Self.properties(schema, document).keys), "\(route): \(answer)")
            }
        }
        // Where a name is refused, each that the document has is taken.
        for name in Self.properties("EventInput", document).keys where name != "topic" {
            _ = try EventInput(JSONMembers("{\"topic\": \"a\", \"\(name)\": null}".utf8))
        }
        for name in Self.properties("RegistrationInput", document).keys {
            _ = try RegistrationInput(JSONMembers("{\"\(name)\": null}".utf8))
        }
        let pattern = try #require(TopicPattern("a.*"))
        for name in Self.properties("TopicEntryInput", document).keys {
            _ = try TopicEntry(pattern, JSONMembers("{\"\(name)\": null}".utf8))
        }
    }

    @Test func `what needs no key says so`() async throws {
        let document = try Self.document()
        try await TestServer.run { server in
            let routes = DaybookServer(node: server.node, registrations: RegistrationService(node: server.node))
                .routes().routes
            for route in routes {
                let method = route.method.rawValue.lowercased()
                let needsNone = document["paths"]?[route.path]?[method]?["security"] == []
                // It tells more to who has one.
                let isOpen = route.access == .open && route.path != "/api/info"
                #expect(needsNone == isOpen, "\(method) \(route.path)")
            }
        }
    }

    @Test func `its words are the ones that are taken`() throws {
        let document = try Self.document()
        func words(_ schema: String) -> Set<String> {
            Set(Self.schema(schema, document)?["enum"]?.items.compactMap(\.text) ?? [])
        }
        #expect(words("Status") == Set(EventStatus.allCases.map(\.rawValue)))
        #expect(words("RecordOperation") == Set(RecordOperation.allCases.map(\.rawValue)))
        #expect(words("Severity") == Set(Severity.allCases.map(\.rawValue)))
        #expect(words("Kind") == Set(EventKind.allCases.map(\.rawValue)))
        #expect(words("EntityOperation") == Set(EntityOperation.allCases.map(\.rawValue)))
        #expect(words("MemberType") == Set(DatasetFieldType.allCases.map(\.rawValue)))
        #expect(words("DeliveryKind") == Set(Registration.Delivery.allCases.map(\.rawValue)))
        #expect(words("TopicOrigin") == Set(TopicCatalog.Origin.allCases.map(\.rawValue)))
        #expect(words("Role") == Set(Role.allCases.map(\.rawValue)))
        #expect(words("EventField") == Set(EventFields.names.map(\.name) + ["all", "*"]))
        #expect(Set(Self.properties("Event", document).keys) == Set(EventFields.names.map(\.name)))
        for name in words("AyonTextField") { #expect(DaybookField(name: name)?.form == .text, "\(name)") }
        for name in words("AyonNumberField") { #expect(DaybookField(name: name)?.form == .number, "\(name)") }
        for name in words("AyonTimeField") { #expect(DaybookField(name: name)?.form == .time, "\(name)") }
        let fields = words("AyonTextField").union(words("AyonNumberField")).union(words("AyonTimeField"))
        #expect(fields.isSuperset(of: DaybookField.allCases.map(\.rawValue)))
        let operators = ["Scalar", "Like", "List", "Null", "Element", "Elements"].compactMap {
            Self.schema("Ayon\($0)Operator", document)?["pattern"]?.text
        }
        for name in FilterOperator.allCases where name != .matches {
            for text in [
                name.rawValue, name.rawValue.uppercased(), "_" + name.rawValue.map { "\($0)" }.joined(separator: "-"),
            ] {
                let matching = try operators.filter { try Regex($0).wholeMatch(in: text) != nil }
                #expect(matching.count == 1, "\(text)")
            }
        }
    }

    @Test func `its bounds are the ones that hold`() throws {
        let document = try Self.document()
        let limits = EventLimits()
        func bound(_ schema: String, _ name: String) -> Int? {
            Self.schema(schema, document)?[name]?.number.flatMap { Int($0) }
        }
        #expect(bound("Topic", "maxLength") == Topic.maximumBytes)
        #expect(bound("Name", "maxLength") == limits.name)
        #expect(bound("Hash", "maxLength") == limits.hash)
        #expect(bound("Description", "maxLength") == limits.description)
        #expect(bound("MemberName", "maxLength") == DatasetField.maximumNameBytes)
        func parameter(_ path: String, _ name: String, _ bound: String) -> String? {
            document["paths"]?[path]?["get"]?["parameters"]?.items.first { $0["name"]?.text == name }?["schema"]?[
                bound]?
                .number
        }
        #expect(parameter("/api/events", "limit", "minimum") == "\(EventQuery.limits.lowerBound)")
        #expect(parameter("/api/events", "limit", "maximum") == "\(EventQuery.limits.upperBound)")
        let count = Self.properties("EnrollRequest", document)["count"]?["anyOf"]?.items.first
        #expect(count?["maximum"]?.number == "\(EnrollRequest.counts.upperBound)")
        #expect(Self.properties("PullRequest", document)["max"]?["maximum"]?.number == "\(PullRoutes.maximum)")
        let fields = Self.properties("TopicEntryInput", document)["fields"]?["anyOf"]?.items.first
        #expect(fields?["maxItems"]?.number == "\(TopicEntry.maximumMembers)")
        let batch = document["paths"]?["/api/events"]?["post"]?["requestBody"]?["content"]
        let items = batch?["application/cloudevents-batch+json"]?["schema"]?["maxItems"]?.number
        #expect(items == "\(BatchReader.maximumItems)")
    }

    @Test func `each body that a route takes is described, and no other`() throws {
        let content = try Self.document()["paths"]?["/api/events"]?["post"]?["requestBody"]?["content"]?.keys ?? []
        #expect(Set(content) == Set(BodyType.allCases.map(\.name) + ["application/ndjson"]))
    }

    // MARK: - The document

    private typealias DaybookField = Daybook.EventField

    private static func schema(_ name: String, _ document: JSONValue) -> JSONValue? {
        document["components"]?["schemas"]?[name]
    }

    private static func properties(_ name: String, _ document: JSONValue) -> [String: JSONValue] {
        guard case .object(let members) = schema(name, document)?["properties"] else { return [:] }
        return Dictionary(members.map { ($0.key, $0.value) }) { $1 }
    }

    private static func parameters(
        of path: String, _ method: String, in document: JSONValue, from place: String
    ) -> [String] {
        (document["paths"]?[path]?[method]?["parameters"]?.items ?? []).compactMap { parameter in
            let name = parameter["$ref"]?.text?.split(separator: "/").last.map(String.init)
            let described = name.flatMap { document["components"]?["parameters"]?[$0] } ?? parameter
            return described["in"]?.text == place ? described["name"]?.text : nil
        }
    }

    /// A path of the document with something in the place of its parameters.
    private static func filled(_ path: String) -> String {
        path.replacing("{id}", with: EventID.generate().description).replacing("{position}", with: "daybook.a:0:1")
            .replacing("{name}", with: "work").replacing("{topic}", with: "a.b")
    }
}
