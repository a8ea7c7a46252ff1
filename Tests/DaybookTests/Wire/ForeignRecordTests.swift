import Daybook
import LosslessJSON
import Testing

/// Records that others wrote: valid CloudEvents are taken, all else is refused with a reason, nothing does harm.
struct ForeignRecordTests {
    static let minimal = [
        ("ce_specversion", "1.0"), ("ce_id", "A-1"), ("ce_source", "https://example.com/orders"),
        ("ce_type", "com.example.order"),
    ]

    static func record(_ headers: [(String, String)], value: [UInt8]? = nil) -> Record {
        var packed = RecordHeaders()
        for (name, text) in headers { packed.append(name: name, value: Array(text.utf8)) }
        return Record(value: value, headers: packed)
    }

    @Test func `a CloudEvent is a created event of its source`() throws {
        let record = Self.record(
            Self.minimal + [
                ("ce_time", "2026-11-21T03:00:44Z"), ("content-type", "text/xml"), ("ce_subject", "unknown to us"),
                ("kafka_whatever", "x"), ("ce_project", "demo"), ("ce_summary", #"{"n": 1}"#),
            ], value: [1, 2])
        let read = try RecordDecoder.decode(record)
        #expect(read.operation == .created && read.recordID == "A-1" && read.actor == nil && read.changes == [])
        let event = read.event
        #expect(event.topic == "com.example.order" && event.sender == "https://example.com/orders")
        #expect(event.originalID == "A-1" && (event.id.high >> 12) & 0xF == 8)
        #expect(event.status == .finished && event.progress == 100 && event.project == "demo")
        #expect(event.createdAt?.description == "2026-11-21T03:00:44.000000+00:00")
        #expect(event.payload == Payload(contentType: "text/xml", bytes: [1, 2]))
        #expect(event.summary.description == #"{"n":1}"#)
        #expect(try RecordDecoder.decode(record) == read, "the same id each time")
    }

    @Test func `a UUID is kept as id, and without content type the value is just bytes`() throws {
        var headers = Self.minimal
        headers[1].1 = "01923456-789A-7BCD-8EF0-123456789ABC"
        let event = try RecordDecoder.decode(Self.record(headers, value: [])).event
        #expect(event.id.description == "01923456789a7bcd8ef0123456789abc")
        #expect(event.originalID == "01923456-789A-7BCD-8EF0-123456789ABC")
        #expect(event.payload == Payload(contentType: "application/octet-stream", bytes: []))
        #expect(try RecordDecoder.decode(Self.record(headers)).event.payload == nil)
    }

    @Test func `an entity topic tells of its change`() throws {
        var headers = Self.minimal
        headers[3].1 = "entity.folder.renamed"
        let entity = try RecordDecoder.decode(Self.record(headers)).event.entity
        #expect(entity == EntityChange(type: "folder", operation: .update, attributeName: "name"))
    }

    @Test func `of repeated headers the last counts, and null is none`() throws {
        var record = Self.record(Self.minimal + [("ce_user", "a"), ("ce_user", "b"), ("ce_project", "p")])
        record.headers.append(name: "ce_project", value: nil)
        let event = try RecordDecoder.decode(record).event
        #expect(event.user == "b" && event.project == nil)
    }

    @Test(
        arguments: [
            ("ce_specversion", nil, "ce_specversion is missing"), ("ce_specversion", "0.3", "ce_specversion"),
            ("ce_specversion", "", "ce_specversion"), ("ce_id", nil, "ce_id"), ("ce_id", "", "ce_id"),
            ("ce_source", nil, "ce_source"), ("ce_source", "", "ce_source"), ("ce_type", nil, "ce_type"),
            ("ce_type", "a/b", "ce_type"), ("ce_type", "a\u{0}", "ce_type"), ("ce_id", "a\u{0}b", "ce_id contains NUL"),
            ("ce_time", "yesterday", "ce_time"), ("ce_status", "done", "ce_status: unknown value done"),
            ("ce_severity", "fatal", "ce_severity"), ("ce_kind", "x", "ce_kind"), ("ce_operation", "x", "ce_operation"),
            ("ce_retries", "two", "ce_retries is no number"), ("ce_progress", "much", "ce_progress is no number"),
            ("ce_progress", "101", "ce_progress is outside"), ("ce_progress", "-0.1", "ce_progress"),
            ("ce_progress", "nan", "ce_progress"), ("ce_progress", "inf", "ce_progress"),
            ("ce_dependson", "A-1", "ce_dependson"),
            ("ce_summary", "[1]", "ce_summary is no JSON object"), ("ce_summary", "{", "ce_summary is no valid JSON"),
            ("ce_metadata", "1", "ce_metadata"), ("ce_attributevalue", "{\"a\":}", "ce_attributevalue"),
            ("ce_basis", "here", "ce_basis is no position"), ("ce_user", "a\u{0}", "ce_user contains NUL"),
            ("ce_eventid", "A-1", "ce_eventid"), ("ce_eventid", "01923456789a7bcd8ef0123456789abc", "ce_op is missing"),
        ] as [(String, String?, String)])
    func `what is no valid record is refused with the header named`(name: String, value: String?, reason: String) {
        let headers = Self.minimal.filter { $0.0 != name } + (value.map { [(name, $0)] } ?? [])
        let refused = #expect(throws: InvalidRecord.self) { try RecordDecoder.decode(Self.record(headers)) }
        #expect(refused?.reason.contains(reason) == true, "\(refused?.reason ?? "")")
    }

    @Test func `invalid UTF-8 is refused`() {
        let ours = Self.minimal + [("ce_eventid", "01923456789a7bcd8ef0123456789abc"), ("ce_op", "created")]
        for header in WireHeader.allCases where header != .changes {
            var record = Self.record(ours, value: [1])
            record.headers.append(name: "\(header.name)", value: [0xC3, 0x28])
            #expect(throws: InvalidRecord.self, "\(header.name)") { try RecordDecoder.decode(record) }
        }
    }

    @Test func `a record that only claims to be ours is checked as well`() throws {
        let ours = Self.minimal + [("ce_eventid", "01923456789a7bcd8ef0123456789abc")]
        for (name, value) in [
            ("ce_op", "destroyed"), ("ce_summary", "{\"a\":"), ("ce_metadata", "{]"), ("ce_attributevalue", "\""),
            ("ce_summary", "{}x"), ("ce_attributevalue", ""),
        ] {
            #expect(throws: InvalidRecord.self, "\(name) \(value)") {
                try RecordDecoder.decode(Self.record(ours + [("ce_op", "created"), (name, value)]))
            }
        }
        var forged = ours
        forged[2].1 = "a%4"
        #expect(try RecordDecoder.decode(Self.record(forged + [("ce_op", "created")])).event.sender == "a%4")
    }

    @Test func `a record with anything in it is read or refused`() throws {
        var random = SeededGenerator(seed: 6)
        let encoded = RecordEncoder.encode(
            EventRecord(operation: .created, recordID: "x", event: try .withEveryAttribute(), actor: "a"))
        var refused = 0
        for _ in 0..<20_000 {
            var packed = encoded.headers.packed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                packed[Int.random(in: 0..<packed.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if random.one(in: 4) { packed.removeLast(Int.random(in: 1...packed.count, using: &random)) }
            do {
                let headers = RecordHeaders(trusting: packed)
                _ = try RecordDecoder.decode(Record(value: encoded.value, headers: headers))
            } catch is InvalidRecord {
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }
}
