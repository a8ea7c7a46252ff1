import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

/// A refusal, as it is answered: RFC 9457 with AYON's members `code` (the status once more) and `detail`.
struct Problem: Error {
    /// One wrong field, as AYON's validation errors list them.
    struct FieldError: Hashable {
        /// Where it is: `body`, `path` or `query`, then names and indices.
        var location: [String]
        var message: String
        /// A word for programs.
        var type: String

        init(_ location: [String], _ message: String, type: String) {
            self.location = location
            self.message = message
            self.type = type
        }
    }

    /// Whether a write that was answered with 503 is in the log.
    enum Stored: String {
        case no, unknown
    }

    var status: HTTPResponse.Status
    var detail: String
    var errors: [FieldError] = []
    var stored: Stored?
    /// The event a write that is perhaps stored was about.
    var eventID: EventID?
    /// The event that has the hash, and where its `created` record lies.
    var duplicateOf: EventID?
    var position: Position?
    /// The outcomes of a batch's items.
    var results: JSONText?
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    /// Request validation that failed: 400, as AYON answers it.
    static func validation(_ errors: [FieldError]) -> Problem {
        var problem = Problem(.badRequest, "")
        problem.errors = errors
        return problem
    }

    /// A parameter of the query that cannot be used.
    static func parameter(_ name: String, _ message: String) -> Problem {
        validation([FieldError(["query", name], message, type: "bad_value")])
    }

    /// Something is not there for now; it is worth trying again.
    static func unavailable(_ detail: String, stored: Stored? = nil, eventID: EventID? = nil) -> Problem {
        var problem = Problem(.serviceUnavailable, detail)
        problem.headers[.retryAfter] = "1"
        problem.stored = stored
        problem.eventID = stored == .unknown ? eventID : nil
        return problem
    }

    /// The log is not open (yet, or any more), so nothing can be stored or found.
    static func unavailable(_ error: NodeUnavailable) -> Problem {
        .unavailable(error.description, stored: .no)
    }

    static func uriTooLong(_ limit: Int) -> Problem {
        Problem(.uriTooLong, "the path and query of a request have \(limit) bytes at most")
    }

    static let requestTimeout = Problem(.requestTimeout, "the request did not come to its end in time")

    /// The body of a refusal of what never was a request, so that there is no path and no id to tell.
    static func body(_ status: HTTPResponse.Status, _ detail: String) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        writeStart(of: status, detail, to: &json)
        json.endObject()
        return json.bytes
    }

    /// The members that every refusal has.
    private static func writeStart(of status: HTTPResponse.Status, _ detail: String, to json: inout JSONWriter) {
        json.key("title")
        json.string(status.reasonPhrase)
        json.key("status")
        json.int(status.code)
        json.key("code")
        json.int(status.code)
        json.key("detail")
        json.string(detail)
    }

    static let eventNotFound = Problem(.notFound, "Event not found")

    /// - Parameters:
    ///   - path: the request's.
    ///   - requestID: what the log lines about this request carry.
    func response(to request: Request, requestID: String) -> Response {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        Self.writeStart(of: status, detailText(for: request), to: &json)
        json.key("path")
        json.string(request.uri.path)
        if !errors.isEmpty { writeErrors(to: &json) }
        if let stored {
            json.key("stored")
            json.string(stored.rawValue)
        }
        if let eventID {
            json.key("id")
            json.string(eventID.description)
        }
        if let duplicateOf {
            json.key("duplicateOf")
            json.string(duplicateOf.description)
        }
        if let position {
            json.key("position")
            json.string(position.description)
        }
        if let results {
            json.key("results")
            json.raw(results)
        }
        json.key("requestId")
        json.string(requestID)
        json.endObject()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if let position { headers[.daybookPosition] = position.description }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    private func detailText(for request: Request) -> String {
        if errors.isEmpty { return detail }
        // AYON's sentence first, then what AYON's leaves to the reader to look up.
        return "Request validation error in [\(request.method.rawValue)] \(request.uri.path): \(summary)"
    }

    /// What is wrong, in one line.
    var summary: String {
        if errors.isEmpty { return detail }
        return errors.map { error in
            let name = error.location.dropFirst().joined(separator: ".")
            return name.isEmpty ? error.message : "\(name): \(error.message)"
        }.joined(separator: "; ")
    }

    private func writeErrors(to json: inout JSONWriter) {
        json.key("errors")
        json.beginArray()
        for error in errors {
            json.beginObject()
            json.key("loc")
            json.beginArray()
            for part in error.location { json.string(part) }
            json.endArray()
            json.key("msg")
            json.string(error.message)
            json.key("type")
            json.string(error.type)
            json.endObject()
        }
        json.endArray()
    }
}
