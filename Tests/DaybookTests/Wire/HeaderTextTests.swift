import Daybook
import Testing

/// What the fast paths of writing and reading headers must not get wrong.
struct HeaderTextTests {
    @Test func `a creation is the same record by either encoder`() {
        var random = RandomEvents(seed: 7)
        for _ in 0..<500 {
            let event = random.event()
            let entry = EventRecord(operation: .created, recordID: event.id.description, event: event, actor: "svc")
            #expect(RecordEncoder.encode(created: event, actor: "svc") == RecordEncoder.encode(entry))
        }
    }

    @Test(arguments: ["", "x", "1234567", "12345678", "a text of more than sixteen bytes", "déjà vu, 東京"])
    func `texts of all lengths come back`(_ text: String) throws {
        let record = RecordEncoder.encode(created: Event(topic: "a.b", user: text, description: text), actor: nil)
        let event = try RecordDecoder.decode(record).event
        #expect(event.description == text)
        #expect(event.user == text)
    }

    @Test(arguments: [
        [0], [65, 0], [0] + Array("ABCDEFGH".utf8), Array("ABCDEFGHIJK".utf8) + [0],
        Array("ABCD".utf8) + [0, 65, 65, 65],
        [0xC3], [0xFF, 0xFE], Array("ABCDEFGHIJK".utf8) + [0x80],
    ])
    func `NUL and invalid UTF-8 are found at every place`(_ bytes: [UInt8]) {
        var record = RecordEncoder.encode(created: Event(topic: "a.b"), actor: nil)
        record.headers.append(name: "ce_user", value: bytes)
        #expect(throws: InvalidRecord.self) { try RecordDecoder.decode(record) }
    }

    @Test func `of repeated headers the last counts, also when it is null`() throws {
        var record = RecordEncoder.encode(created: Event(topic: "a.b", user: "first"), actor: nil)
        record.headers.append(name: "ce_user", value: Array("second".utf8))
        #expect(try RecordDecoder.decode(record).event.user == "second")
        record.headers.append(name: "ce_user", value: [])
        #expect(try RecordDecoder.decode(record).event.user == "")
        record.headers.append(name: "ce_user", value: nil)
        #expect(try RecordDecoder.decode(record).event.user == nil)
    }
}
