import Daybook
import Testing

struct RecordHeadersTests {
    static let headers: [(name: String, value: [UInt8]?)] = [
        ("a", [1, 2]), ("b", nil), ("a", []), ("", [0]), ("名", Array("é".utf8)), ("b", [255]),
    ]

    static var packed: RecordHeaders {
        var headers = RecordHeaders()
        for header in Self.headers { headers.append(name: header.name, value: header.value) }
        return headers
    }

    @Test func `keeps order and repeats, and tells null from empty`() {
        let all = Self.packed.all
        #expect(all.map(\.name) == Self.headers.map(\.name))
        #expect(all.map(\.value) == Self.headers.map(\.value))
        #expect(Self.packed != RecordHeaders() && RecordHeaders().isEmpty && !Self.packed.isEmpty)
    }

    @Test func `of repeats the last counts`() {
        var headers = Self.packed
        #expect(headers["a"] == "")
        #expect(headers["b"] == nil, "no UTF-8")
        #expect(headers["名"] == "é")
        #expect(headers["c"] == nil)
        headers.append("b", "x")
        #expect(headers["b"] == "x")
        headers.append(name: "b", value: nil)
        #expect(headers["b"] == nil)
    }

    @Test func `the packed form is length, name, length, value`() {
        var headers = RecordHeaders()
        headers.append("ab", "c")
        headers.append(name: "d", value: nil)
        #expect(headers.packed == [2, 0, 97, 98, 1, 0, 0, 0, 99, 1, 0, 100, 255, 255, 255, 255])
        #expect(RecordHeaders(packed: headers.packed) == headers)
    }

    @Test func `bytes and text are packed alike`() {
        var text = RecordHeaders()
        text.append("name", "välue")
        var bytes = RecordHeaders()
        bytes.append(name: "name", value: Array("välue".utf8))
        var raw = RecordHeaders()
        Array("name".utf8).withUnsafeBytes { name in
            Array("välue".utf8).withUnsafeBytes { raw.append(name: name, value: $0) }
        }
        #expect(text == bytes && bytes == raw)
        raw.append(name: UnsafeRawBufferPointer(start: nil, count: 0), value: nil)
        #expect(raw.all.last?.name == "" && raw.all.count == 2)
    }

    @Test func `every truncation is noticed`() {
        let packed = Self.packed.packed
        var borders: Set<Int> = [0]
        var end = 0
        for header in Self.headers {
            end += 2 + header.name.utf8.count + 4 + (header.value?.count ?? 0)
            borders.insert(end)
        }
        #expect(end == packed.count)
        for count in 0...packed.count {
            let headers = RecordHeaders(packed: Array(packed[..<count]))
            #expect((headers != nil) == borders.contains(count), "cut to \(count) bytes")
        }
    }

    @Test(
        arguments: [
            [1, 0, 97, 254, 255, 255, 255], [1, 0, 97, 0, 0, 0, 128], [1, 0, 97, 255, 255, 255, 127],
            [255, 255, 97, 0, 0, 0, 0],
            [0], [0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func `lengths that cannot be are refused`(packed: [UInt8]) {
        #expect(RecordHeaders(packed: packed) == nil)
        #expect(throws: InvalidRecord.self) {
            try RecordDecoder.decode(Record(headers: RecordHeaders(trusting: packed)))
        }
    }

    @Test func `random blocks never do harm`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let packed = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                random.one(in: 2) ? UInt8.random(in: 0...3, using: &random) : .random(in: 0...255, using: &random)
            }
            if let headers = RecordHeaders(packed: packed) {
                var again = RecordHeaders()
                headers.withHeaderBytes { iterator in
                    while let (name, value) = try? iterator.next() { again.append(name: name, value: value) }
                }
                #expect(again.packed == packed)
            }
        }
    }
}
