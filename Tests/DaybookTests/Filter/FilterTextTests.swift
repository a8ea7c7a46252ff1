import Daybook
import LosslessJSON
import Testing

/// Filters as people write them: what they match, how they print themselves, and what is refused.
struct FilterTextTests {
    private static func event() throws -> Event {
        var event = Event(
            topic: "entity.folder.created", sender: "Render Farm 1", project: "demo", status: .failed, retries: 2)
        event.summary = try JSONText(#"{"n": 5, "s": "a b", "yes": true, "list": [1, "two"], "deep": {"er er": "x"}}"#)
        event.metadata = try JSONText(#"{"config_id": "cfg", "version": 3}"#)
        event.payload = Payload(bytes: Array(#"{"total": 17.50}"#.utf8))
        event.entity = EntityChange(type: "folder", id: "f1", operation: .creation)
        event.createdAt = Timestamp("2026-11-21T03:00:44Z")
        return event
    }

    @Test(arguments: [
        "topic = entity.*.created",
        "topic = entity.folder.created",
        "topic in (job.*, entity.*)",
        "topic != job.*",
        "topic not in (job.*, mail.sent)",
        #"sender ~ "Render *""#,
        #"sender ~ ("X*", "*Farm*")"#,
        #"sender like "render%""#,
        "status = failed and retries >= 2",
        "status in (failed, aborted)",
        "not status = finished",
        "status = finished or project = demo",
        "user is null and project is not null",
        "not (user = ann or user = bob)",
        "summary.n = 5 and summary.n = 5.0",
        #"summary.s = "a b""#,
        "summary.yes = true",
        "summary.list includes two",
        "summary.list includesall (1, two)",
        #"summary.deep."er er" = x"#,
        "metadata.config_id = cfg and metadata.version > 2",
        "payload.total = 17.5",
        "createdAt < 2026-11-21T04:00:45+01:00",
        // Taipy's rule: an event without an attribute name passes, too.
        "entityType = folder and (attributeName = status or attributeName is null)",
        "  ( topic=entity.*\n\tAND NOT status=finished )  ",
        "progress < 1e2",
    ])
    func `matches`(_ text: String) throws {
        let filter = try Filter(text)
        #expect(filter.matches(try Self.event()))
        #expect(try Filter("not (\(text))").matches(try Self.event()) == false)
        // By the headers of its record, too.
        let record = RecordEncoder.encode(created: try Self.event(), actor: nil)
        #expect(try filter.matches(StoredRecord(offset: 0, time: Timestamp(milliseconds: 0), record: record)))
    }

    @Test(arguments: [
        #"topic ~ "no topic""#, #"topic ~ ("no topic", a.*)"#, "topic ~ a.b", "topic ~ (a.*, b.*)", "topic ~ ()",
        "topic in ()",
        "status not in ()", "project in ( )", "summary.list includesall ()", "payload.a excludesany ()",
    ])
    func `what a filter prints is read again, whatever its values`(_ text: String) throws {
        let filter = try Filter(text)
        #expect(try Filter(filter.description) == filter, "\(filter)")
    }

    @Test func `in an empty list is nothing`() throws {
        #expect(try Filter("project in ()").matches(try Self.event()) == false)
        #expect(try Filter("project not in ()").matches(try Self.event()))
        #expect(throws: InvalidFilter.self) { try Filter("project in (,)") }
        #expect(throws: InvalidFilter.self) { try Filter("project = ()") }
    }

    @Test(arguments: [
        "topic = entity", "topic = entity.folder.created.*", "topic ~ *.deleted", "status = finished",
        "sender ~ render*", "sender = render", "entityType = scenario or entityId = f2", "attributeName = status",
        "summary.n = 6", #"summary.n = "5""#, "summary.missing != 1", "payload.total > 17.50", "user != ann",
        "progress > 0", "topic = entity.* and (project = x or retries < 2)",
    ])
    func `does not match`(_ text: String) throws {
        let filter = try Filter(text)
        #expect(!filter.matches(try Self.event()))
        let record = RecordEncoder.encode(created: try Self.event(), actor: nil)
        #expect(try !filter.matches(StoredRecord(offset: 0, time: Timestamp(milliseconds: 0), record: record)))
    }

    @Test(arguments: [
        "topic = entity.*.created and not status in (failed, aborted)",
        "(user = ann or user is null) and retries >= 2",
        #"summary."odd name".x = "a \"b\" \u0007""#,
        "summary.n in (1, 2.5, 1e30, -0.0000001, true, word)",
        #"summary.n not in ("1", "true")"#,
        "topic in (a.*, b)",
        "topic ~ a.b",
        "sender ~ (a*, *b)",
        "sender like a%",
        "summary.tags excludesany (a, b) or summary.tags includes a",
        "createdAt >= 2026-11-21T03:00:44.000000+00:00",
        "not (user = ann and (project = x or not status = failed))",
    ])
    func `prints itself as it was read`(_ text: String) throws {
        let filter = try Filter(text)
        #expect(filter.description == text)
        #expect(try Filter(filter.description) == filter)
    }

    @Test func `prints topic patterns that are excluded as a negation`() throws {
        #expect(
            try Filter("topic != a.* or topic not in (b.*, c)").description
                == "not topic = a.* or not topic in (b.*, c)")
    }

    @Test(arguments: [
        ("", "column 1: expected an attribute, 'not' or '(', found the end"),
        ("toppic = x", "column 1: there is no attribute 'toppic'; there are summary.…, metadata.…"),
        ("topic = entity.* and", "column 21: expected an attribute, 'not' or '(', found the end"),
        ("(topic = a or topic = b", "column 24: expected ')', 'and' or 'or', found the end"),
        ("topic = a)", "column 10: expected 'and', 'or' or the end, found ')'"),
        ("topic = a topic = b", "column 11: expected 'and', 'or' or the end, found 'topic'"),
        ("topic is a", "column 10: expected 'null' or 'not null', found 'a'"),
        ("topic a", "column 7: expected a comparison (=, !=, <, <=, >, >=, ~, is null, is not null, not in, in, like"),
        ("topic =", "column 8: expected a value, found the end"),
        ("topic = 'a'", "column 9: expected a value, found ''a''"),
        (#"topic = "a"#, "column 9: this text has no closing quote"),
        (#"user = "\x""#, "column 8: this text is not valid JSON: line 1, column 2: invalid escape in a string"),
        (#"user = "\ud800""#, "column 8: this text is not valid JSON: line 1, column 2: half of a surrogate pair"),
        ("user = null", "column 8: for what is not there write 'is null' or 'is not null'"),
        (
            "status = finishd",
            "column 10: status is one of pending, in_progress, finished, failed, aborted, restarted, not"
        ),
        ("severity in (error, wrong)", "column 21: severity is one of informational, warning, error, not 'wrong'"),
        (#"topic = "a b""#, "column 9: 'a b' is no topic and no pattern of topics"),
        ("retries = many", "column 11: retries is a number, and 'many' is none"),
        (
            "createdAt > yesterday",
            "column 11: createdAt is a time such as 2026-11-21T03:00:44Z, and 'yesterday' is none"
        ),
        ("user.name = x", "column 1: user has no members; only summary, metadata and payload have"),
        ("summary = x", "column 1: say which member: summary.NAME"),
        ("summary. = x", "column 9: expected the name of a member, found ' '"),
        ("status in failed", "column 11: expected '(' and values, found 'failed'"),
        ("status in (failed", "column 18: expected ',' or ')', found the end"),
        ("topic includes x", "column 7: 'includes' is for lists, and topic is none"),
        ("žluť = 1", "column 1: expected an attribute, 'not' or '(', found 'žluť'"),
        ("user = ž", "column 8: expected a value, found 'ž'"),
    ])
    func `refuses what makes no sense, and points at the place`(_ text: String, _ message: String) {
        let error = #expect(throws: InvalidFilter.self) { try Filter(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `refuses what is too large or too deep`() throws {
        let many = (0...Filter.maximumConditions).map { "user = u\($0)" }.joined(separator: " or ")
        #expect(throws: InvalidFilter.self) { try Filter(many) }
        _ = try Filter((0..<Filter.maximumConditions).map { "user = u\($0)" }.joined(separator: " or "))
        for opening in ["(", "not ", "not ("] {
            #expect(throws: InvalidFilter.self) { try Filter(String(repeating: opening, count: 3000) + "user = a") }
        }
        #expect(throws: InvalidFilter.self) { try Filter("user = " + String(repeating: "a", count: 20_000)) }
    }

    /// Whatever is cut off or changed: read or refused, and what is read prints itself so that it is read again.
    @Test func `survives any change of a byte`() throws {
        let text =
            #"topic = a.* and not (summary."x y".z in (1, "b\"", true) or user is not null) and sender ~ (q*, "r")"#
        var generator = SystemRandomNumberGenerator()
        for at in text.utf8.indices {
            var bytes = Array(text.utf8)
            let offset = text.utf8.distance(from: text.startIndex, to: at)
            bytes[offset] = UInt8.random(in: 0...127, using: &generator)
            for candidate in [String(decoding: bytes, as: UTF8.self), String(text[..<at])] {
                guard let filter = try? Filter(candidate) else { continue }
                #expect(try Filter(filter.description) == filter, "\(candidate)")
            }
        }
    }

    @Test func `numbers print what they are`() {
        for text in ["0", "5", "-17.5", "0.001", "100000", "1e30", "-1.25e-9", "123456789012345678901234567890"] {
            #expect(DecimalNumber(text)?.description == text)
        }
    }
}
