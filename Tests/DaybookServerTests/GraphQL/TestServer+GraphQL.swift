import Daybook
import HTTPTypes
import LosslessJSON

@testable import DaybookServer

extension TestServer {
    /// Sends a document as AYON's client does.
    func query(_ document: String, _ variables: String = "{}", headers: HTTPFields = [:]) async throws -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.key("query")
        json.string(document)
        json.key("variables")
        json.raw(try JSONText(variables))
        json.endObject()
        return try await send(.post, "/graphql", String(decoding: json.bytes, as: UTF8.self), headers: headers)
    }

    /// The topics of the events that arguments find, in order.
    func found(_ arguments: String) async throws -> [String] {
        let answer = try await query(
            "{ events\(arguments.isEmpty ? "" : "(\(arguments))") { edges { node { topic } } } }")
        guard answer["errors"] == nil, let edges = answer["data"]?["events"]?["edges"] else {
            throw Unexpected(answer: answer)
        }
        return edges.items.compactMap { $0["node"]?["topic"]?.text }
    }

    /// The message of the only error.
    func refusal(_ document: String, _ variables: String = "{}") async throws -> String? {
        let answer = try await query(document, variables)
        guard answer.status == 200, let errors = answer["errors"]?.items, errors.count == 1 else {
            throw Unexpected(answer: answer)
        }
        return errors[0]["message"]?.text
    }
}
