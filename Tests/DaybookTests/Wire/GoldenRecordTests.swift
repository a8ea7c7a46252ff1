import Daybook
import LosslessJSON
import Testing

/// The wire format, byte for byte: what other programs read must not change unnoticed.
struct GoldenRecordTests {
    @Test func `an event with every attribute`() throws {
        let event = try Event.withEveryAttribute()
        let record = RecordEncoder.encode(
            EventRecord(operation: .created, recordID: event.id.description, event: event, actor: "ann"))
        #expect(
            lines(record) == [
                "key t1",
                "ce_specversion 1.0",
                "ce_id 01923456789a7bcd8ef0123456789abc",
                "ce_source worker%207",
                "ce_type entity.task.status_changed",
                "ce_eventid 01923456789a7bcd8ef0123456789abc",
                "ce_op created",
                "ce_time 2026-11-21T03:00:44.291548+00:00",
                "ce_actor ann",
                "ce_hash h-1",
                "ce_sendertype worker",
                "ce_project demo",
                "ce_user ann",
                "ce_dependson 01923456789a70008000000000000001",
                "ce_status in_progress",
                "ce_retries 2",
                "ce_progress 12.5",
                "ce_description Tür offen",
                #"ce_summary {"n":1.50}"#,
                "ce_severity warning",
                "ce_kind dataset",
                "ce_entitytype task",
                "ce_entityid t1",
                "ce_operation update",
                "ce_attributename status",
                #"ce_attributevalue "done""#,
                #"ce_metadata {"version":"2"}"#,
                "ce_originalid A-1",
                "ce_partitionkey t1",
                "traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "content-type application/json",
                #"value {"files": []}"#,
            ])
    }

    @Test func `an event with nothing but a topic`() throws {
        let id = try #require(EventID("01923456789a7bcd8ef0123456789abc"))
        let record = RecordEncoder.encode(
            EventRecord(operation: .created, recordID: id.description, event: Event(topic: "a.b", id: id)))
        #expect(
            lines(record) == [
                "key 01923456789a7bcd8ef0123456789abc",
                "ce_specversion 1.0",
                "ce_id 01923456789a7bcd8ef0123456789abc",
                "ce_source urn:daybook:unnamed",
                "ce_type a.b",
                "ce_eventid 01923456789a7bcd8ef0123456789abc",
                "ce_op created",
                "ce_status finished",
                "ce_progress 100",
                "value null",
            ])
    }

    @Test func `a change, a tick of progress and a deletion`() throws {
        let id = try #require(EventID("01923456789a7bcd8ef0123456789abc"))
        let event = Event(
            topic: "a.b", id: id, user: "ann", status: .inProgress, progress: 7, description: "long",
            payload: Payload(bytes: [1]))
        let head = [
            "key 01923456789a7bcd8ef0123456789abc", "ce_specversion 1.0", "ce_id x.1", "ce_source urn:daybook:unnamed",
            "ce_type a.b", "ce_eventid 01923456789a7bcd8ef0123456789abc",
        ]
        let state = ["ce_user ann", "ce_status in_progress", "ce_progress 7"]
        let changed = EventRecord(operation: .changed, recordID: "x.1", event: event, changes: [.status, .progress])
        #expect(
            lines(RecordEncoder.encode(changed)) == head + ["ce_op changed", "ce_changes status,progress"] + state
                + ["value null"])
        let tick = EventRecord(
            operation: .changed, recordID: "x.1", event: event, changes: .progress,
            basis: Position(StreamPartition("daybook.a", 3), 42))
        #expect(
            lines(RecordEncoder.encode(tick)) == head
                + ["ce_op changed", "ce_changes progress", "ce_basis daybook.a:3:42"] + state + ["value null"])
        let deleted = EventRecord(operation: .deleted, recordID: "x.1", event: event)
        #expect(lines(RecordEncoder.encode(deleted)) == head + ["ce_op deleted"] + state + ["value null"])
    }

    @Test func `what changed is listed by name`() throws {
        let all: ChangedFields = [
            .status, .progress, .retries, .sender, .senderType, .project, .user, .description, .summary, .payload,
        ]
        let text = "status,progress,retries,sender,sendertype,project,user,description,summary,payload"
        #expect(all.wireText == text)
        #expect(read(text) == all)
        #expect(ChangedFields().wireText.isEmpty && read("") == [])
        #expect(read("payload,status") == [.payload, .status])
        #expect(read("status,somethingnewer,,Status,statu") == .status)
        for bit in 0..<10 {
            let field = ChangedFields(rawValue: 1 << bit)
            #expect(read(field.wireText) == field && !field.wireText.isEmpty)
        }
    }

    @Test func `the id of a change is the event's id and a number that is never given twice`() throws {
        let id = EventID.generate()
        let ids = (0..<1_000).map { _ in EventRecord.recordID(changing: id) }
        #expect(ids.allSatisfy { $0.hasPrefix("\(id).") && Int64($0.dropFirst(33)) != nil })
        #expect(Set(ids).count > 990, "two within a microsecond differ by 12 random bits")
    }

    private func read(_ text: String) -> ChangedFields {
        Array(text.utf8).withUnsafeBytes { ChangedFields(wireText: $0) }
    }

    private func lines(_ record: Record) -> [String] {
        func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "null" }
        return ["key \(text(record.key))"] + record.headers.all.map { "\($0.name) \(text($0.value))" }
            + ["value \(text(record.value))"]
    }
}
