import Daybook
import Testing

struct EventIDTests {
    @Test func `made later sorts later`() {
        var last = EventID.generate()
        for _ in 0..<20_000 {
            let next = EventID.generate()
            if next <= last { Issue.record("\(next) does not follow \(last)") }
            last = next
        }
    }

    @Test func `is a UUID version 7 of the present time`() throws {
        let before = Timestamp.now
        let id = EventID.generate()
        let generated = try #require(id.generatedAt)
        #expect((id.high >> 12) & 0xF == 7)
        #expect(id.low >> 62 == 0b10)
        #expect(generated.microseconds >= before.microseconds / 1000 * 1000)
        #expect(generated < before.advanced(by: .seconds(60)))
        #expect(EventID(high: 0x0192_3456_789a_8bcd, low: .max).generatedAt == nil)
        // RFC 9562, appendix A.6.
        let example = try #require(EventID(anySpelling: "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
        #expect(example.generatedAt?.description == "2022-02-22T19:22:22.000000+00:00")
    }

    @Test func `no two tasks get the same`() async {
        let ids = await withTaskGroup(of: [EventID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2_000).map { _ in EventID.generate() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
        #expect(Set(ids.map(\.high)).count == 16_000, "the rising part alone tells them apart within a process")
    }

    @Test func `reads what it prints`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<1_000 {
            let id = EventID(high: random.next(), low: random.next())
            #expect(EventID(id.description) == id)
            #expect(id.description.utf8.count == 32)
        }
        #expect(EventID(high: 0, low: 1).description == "00000000000000000000000000000001")
        #expect(EventID(high: 0xFEDC_BA98_7654_3210, low: 0xA).description == "fedcba9876543210000000000000000a")
    }

    @Test(arguments: [
        "", "0192", "01923456789A7BCD8EF0123456789ABC", "01923456-789a-7bcd-8ef0-123456789abc",
        "01923456789a7bcd8ef0123456789ab", "01923456789a7bcd8ef0123456789abcd", "01923456789a7bcd8ef0123456789abg",
        "0192345é789a7bcd8ef0123456789ab", " 1923456789a7bcd8ef0123456789abc", "+1923456789a7bcd8ef0123456789abc",
    ])
    func `the API's form is 32 lower-case hex digits and nothing else`(text: String) {
        #expect(EventID(text) == nil)
    }

    @Test(arguments: [
        "01923456789a7bcd8ef0123456789abc", "01923456-789a-7bcd-8ef0-123456789abc", "01923456789A7BCD8EF0123456789ABC",
        "01923456-789A-7bcd-8EF0-123456789abc",
    ])
    func `any spelling of a UUID is one id`(text: String) {
        #expect(EventID(anySpelling: text)?.description == "01923456789a7bcd8ef0123456789abc")
    }

    @Test(arguments: [
        "", "01923456-789a-7bcd8ef0-123456789abc-", "0192345-6789a-7bcd-8ef0-123456789abc",
        "{01923456-789a-7bcd-8ef0-123456789abc}", "01923456_789a_7bcd_8ef0_123456789abc",
        "01923456-789a-7bcd-8ef0-123456789abg", "0192345678-9a7bcd8ef0123456789abc",
        "01923456-789a-7bcd-8ef0-12345678-abc",
    ])
    func `what is no UUID is refused`(text: String) {
        #expect(EventID(anySpelling: text) == nil)
    }

    @Test func `a foreign id that is a UUID is kept`() {
        for text in ["01923456-789A-7BCD-8EF0-123456789ABC", "01923456789a7bcd8ef0123456789abc"] {
            #expect(foreign(text, source: "/a").description == "01923456789a7bcd8ef0123456789abc")
        }
    }

    /// Computed with Python: `hashlib.sha256(source + b"\0" + id)`, its first 16 bytes with version 8 and the variant.
    @Test(arguments: [
        ("https://example.com/orders", "A-1234", "d0a03b75a1568a90a30145d8f34cfc2a"),
        ("/sensors", "1", "7df6b2cabbd6848eba038f997f513486"), ("é", "ü", "af54d02fa16988b784218d912189b938"),
        ("a", "0123456789abcdef0123456789abcdeg", "0daf38aac44f8ec389420befc989fe54"),
        ("s", String(repeating: "x", count: 500), "18a6111096738ea296ad01a2f5568eab"),
    ])
    func `another foreign id becomes a UUID version 8 of source and id`(source: String, id: String, expected: String) {
        #expect(foreign(id, source: source).description == expected)
    }

    @Test func `source and id cannot be shifted into each other`() {
        #expect(foreign("bc", source: "a") != foreign("c", source: "ab"))
    }

    private func foreign(_ id: String, source: String) -> EventID {
        Array(id.utf8).withUnsafeBytes { id in
            Array(source.utf8).withUnsafeBytes { EventID(foreignID: id, source: $0) }
        }
    }
}
