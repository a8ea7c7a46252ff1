import HTTPTypes

/// What a body is said to be.
enum BodyType: CaseIterable {
    case json, ndjson, cloudEvent, cloudEventBatch

    var name: String {
        switch self {
        case .json: "application/json"
        case .ndjson: "application/x-ndjson"
        case .cloudEvent: "application/cloudevents+json"
        case .cloudEventBatch: "application/cloudevents-batch+json"
        }
    }

    /// Reads a `Content-Type` header; none means JSON, as AYON takes it.
    ///
    /// - Throws: 415 for all else, and for a character set other than UTF-8.
    init(contentType: String?, allowed: [BodyType]) throws(Problem) {
        guard let contentType, contentType != BodyType.json.name else {
            self = .json
            return
        }
        let parts = contentType.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\"" } }
        // What NDJSON is called has never been registered; both names are in use.
        let name = parts.first == "application/ndjson" ? BodyType.ndjson.name : parts.first
        let charset = parts.first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count) ?? "utf-8"
        guard let type = allowed.first(where: { $0.name == name }), charset == "utf-8" || charset == "us-ascii" else {
            throw Problem(
                .unsupportedMediaType,
                "the content type '\(contentType)' is not accepted here; send "
                    + allowed.map(\.name).joined(separator: ", ") + " in UTF-8")
        }
        self = type
    }
}
