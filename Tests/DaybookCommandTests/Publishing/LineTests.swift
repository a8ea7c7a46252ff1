import Daybook
import LosslessJSON
import Testing

@testable import DaybookCommand

@Suite struct LineTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("bytes become lines, however they come")
    func splitter() {
        var splitter = LineSplitter()
        #expect(splitter.split(Array("a\nb".utf8)) == [Array("a".utf8)])
        #expect(splitter.split(Array("c\n\nd\n".utf8)) == [Array("bc".utf8), [], Array("d".utf8)])
        #expect(splitter.rest == nil)
        #expect(splitter.split(Array("e".utf8)).isEmpty)
        #expect(splitter.rest == Array("e".utf8))
    }

    @Test("lines keep their numbers, and empty ones are passed over")
    func numbers() async throws {
        let reader = try LineBatches(path: try directory.file("lines", "one\n\n \r\ntwo\nthree"))
        var lines: [String] = []
        var numbers: [Int] = []
        while let batch = try await reader.next() {
            lines += batch.lines.map { String(decoding: $0, as: UTF8.self) }
            numbers += batch.numbers
        }
        #expect(lines == ["one", "two", "three"])
        #expect(numbers == [1, 4, 5])
    }

    @Test("a long file comes in batches of bounded size, and nothing of it is lost")
    func batches() async throws {
        let text = (1...25_000).map { "line \($0) " + String(repeating: "x", count: $0 % 200) }
        let reader = try LineBatches(path: try directory.file("lines", text.joined(separator: "\n")))
        var read: [String] = []
        while let batch = try await reader.next() {
            #expect(batch.lines.count <= LineBatches.maximumLines)
            read += batch.lines.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(read == text)
    }

    @Test("a file that cannot be read is told", arguments: ["/no/such", "/"])
    func unreadable(path: String) {
        let error = #expect(throws: CommandFailure.self) { try LineBatches(path: path) }
        #expect(error?.kind == .usage)
    }

    @Test(
        "an event gets an id, unless it has one",
        arguments: [
            (#"{"topic":"a"}"#, true), (#"  { "topic" : "a" }"#, true), (#"{"id":null,"topic":"a"}"#, true),
            (#"{"topic":"a","id":"01936ad8c2d47d8fb4a2e7f1c0a9d3b5"}"#, false),
        ])
    func ids(line: String, isOurs: Bool) throws {
        let id = EventID.generate()
        let members = try JSONMembers(EventLine.withID(Array(line.utf8), id))
        let event = try EventInput(members).event
        #expect((event.id == id) == isOurs)
        #expect(event.topic == "a")
    }

    @Test("what is no event stays as it is", arguments: ["", "{}", "[1]", "{", "x", "{1}"])
    func untouched(line: String) {
        #expect(EventLine.withID(Array(line.utf8)) == Array(line.utf8))
    }
}
