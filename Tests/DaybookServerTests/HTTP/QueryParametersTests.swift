import Daybook
import HTTPTypes
import Testing

@testable import DaybookServer

struct QueryParametersTests {
    @Test func `decodes names and values, and keeps repeats in order`() throws {
        let query = try QueryParameters(
            "topic=a.%2A&topic=b&text=caf%C3%A9+au%20lait&empty=&bare", known: ["topic", "text", "empty", "bare"])
        #expect(query.all("topic") == ["a.*", "b"])
        #expect(try query.one("text") == "café au lait")
        #expect(try query.one("empty") == "")
        #expect(try query.one("bare") == "")
        #expect(try query.one("other") == nil)
        #expect(throws: Problem.self) { try query.one("topic") }
    }

    @Test(arguments: [
        ("limt=5", "limt: unknown parameter; allowed are limit, order"),
        ("limit=%4", "'limit=%4' is no valid percent-encoded UTF-8"),
        ("limit=%zz", "'limit=%zz' is no valid percent-encoded UTF-8"),
        ("limit=%ff", "'limit=%ff' is no valid percent-encoded UTF-8"),
        ("limit=%00", "'limit=%00' is no valid percent-encoded UTF-8"),
        ("li%6Dit=5&x=1", "x: unknown parameter; allowed are limit, order"),
    ])
    func `refuses what it does not know or cannot read`(query: String, message: String) {
        let problem = #expect(throws: Problem.self) { try QueryParameters(query, known: ["limit", "order"]) }
        #expect(problem?.summary == message)
    }

    @Test(arguments: ["0", "1001", "-1", "1.5", "many", ""])
    func `refuses numbers out of range`(text: String) throws {
        let query = try QueryParameters("limit=\(text)", known: ["limit"])
        let problem = #expect(throws: Problem.self) { try query.integer("limit", in: 1...1000) }
        #expect(problem?.summary == "limit: must be a whole number from 1 to 1000")
    }

    @Test func `reads what a route asks for`() throws {
        let id = EventID.generate()
        let query = try QueryParameters(
            "limit=1000&status=failed&status=in_progress&atomic&id=\(id)&topic=x.*",
            known: ["limit", "status", "atomic", "id", "topic"])
        #expect(try query.integer("limit", in: 1...1000) == 1000)
        #expect(try query.choices("status", as: EventStatus.self) == [.failed, .inProgress])
        #expect(try query.flag("atomic") == true)
        #expect(try query.eventIDs("id") == [id])
        #expect(try query.topics("topic").map(\.text) == ["x.*"])
    }

    @Test(arguments: [
        ("status=done", "status: 'done' is not one of pending, in_progress, finished, failed, aborted, restarted"),
        ("id=123", "id: '123' is no event id: 32 lower-case hex digits"),
        ("topic=a b", "topic: 'a b' is no topic pattern: 1 to 256 letters, digits, '_', '-', '.' and '*'"),
        ("flag=maybe", "flag: must be true or false"),
        (
            "time=yesterday",
            "time: 'yesterday' is no ISO 8601 time such as 2026-11-21T03:00:44Z or 2026-11-21T03:00:44.291548+00:00"
        ),
    ])
    func `says what is wrong with a value`(text: String, message: String) throws {
        let query = try QueryParameters(text, known: ["status", "id", "topic", "flag", "time"])
        let problem = #expect(throws: Problem.self) {
            _ = try query.choices("status", as: EventStatus.self)
            _ = try query.eventIDs("id")
            _ = try query.topics("topic")
            _ = try query.flag("flag")
            _ = try query.time("time")
        }
        #expect(problem?.summary == message)
    }

    @Test(arguments: ["2026-11-21T03:00:44+02:00", "2026-11-21T03:00:44%2B02:00", "2026-11-21T01:00:44Z"])
    func `takes a zone's plus sign encoded or not`(text: String) throws {
        let query = try QueryParameters("newerThan=\(text)", known: ["newerThan"])
        #expect(try query.time("newerThan") == Timestamp("2026-11-21T01:00:44Z"))
    }
}

extension Problem {
    /// The detail, or the errors without AYON's sentence before them.
    var summary: String {
        guard !errors.isEmpty else { return detail }
        return errors.map { error in
            let name = error.location.dropFirst().joined(separator: ".")
            return name.isEmpty ? error.message : "\(name): \(error.message)"
        }.joined(separator: "; ")
    }
}
