import Daybook
import Foundation
import LosslessJSON
import TestTools
import Testing

@testable import DaybookHandlers

@Suite struct CSVRowTests {
    private let directory: ScratchDirectory

    init() throws {
        directory = try ScratchDirectory()
    }

    @Test func writesAHeaderAndARowPerEvent() async throws {
        try await write([
            .sample(payload: #"{"user":"ann","failures":3}"#),
            .sample(payload: #"{"user":"bob","failures":0}"#, milliseconds: nil),
        ])
        #expect(
            try directory.text("sshd-session.ended.csv") == """
                timestamp,user,failures
                1970-01-01T00:00:00.000000+00:00,ann,3
                1970-01-01T00:00:01.000000+00:00,bob,0

                """)
    }

    @Test func keepsOneFilePerSenderAndTopic() async throws {
        try await write([
            .sample("a", sender: "x", payload: #"{"n":1}"#), .sample("b", sender: "x", payload: #"{"n":2}"#),
            .sample("a", sender: nil, payload: #"{"n":3}"#), .sample("a", sender: "x", payload: #"{"n":4}"#),
        ])
        #expect(directory.names == ["system-a.csv", "x-a.csv", "x-b.csv"])
        #expect(
            try directory.text("x-a.csv").split(separator: "\n").map { $0.split(separator: ",")[1] } == ["n", "1", "4"])
    }

    @Test(arguments: [
        (#""plain text""#, "plain text"),
        (#""a,b""#, #""a,b""#),
        (#""say \"hi\"""#, #""say ""hi""""#),
        (#""\"""#, #""""""#),
        (#""one\ntwo""#, "\"one\ntwo\""),
        (#""one\r""#, "\"one\r\""),
        (#"" lead""#, #"" lead""#),
        (#""trail ""#, #""trail ""#),
        (#""é\u00e9𝄞""#, "éé𝄞"),
        ("null", ""),
        (#""""#, ""),
        ("true", "true"),
        ("1.10e5", "1.10e5"),
        (#"{"a":[1,2]}"#, #""{""a"":[1,2]}""#),
    ])
    func writesValues(json: String, cell: String) async throws {
        try await write([.sample(payload: #"{"v":\#(json),"end":1}"#)])
        let text = try directory.text("sshd-session.ended.csv")
        #expect(text == "timestamp,v,end\n1970-01-01T00:00:00.000000+00:00,\(cell),1\n")
    }

    @Test func usesTheDeclaredFields() async throws {
        let fields = Fields(["session.ended": ["timestamp", "user", "duration"]])
        try await write(
            [
                .sample(payload: #"{"timestamp":"noon","user":"ann","duration":2}"#),
                .sample(payload: #"{"duration":3,"other":1}"#),
                .sample(payload: #"{"user":"a","user":"b","duration":4}"#),
            ], fields: fields)
        #expect(
            try directory.text("sshd-session.ended.csv") == """
                timestamp,user,duration
                noon,ann,2
                1970-01-01T00:00:00.000000+00:00,,3
                1970-01-01T00:00:00.000000+00:00,b,4

                """)
    }

    @Test func writesEventsWithoutMembers() async throws {
        var described = Event.sample("a")
        described.description = "it is done"
        var plain = Event.sample("b")
        plain.description = "see"
        plain.payload = Payload(contentType: "text/plain", bytes: Array("x,y".utf8))
        var binary = Event.sample("c")
        binary.payload = Payload(contentType: "image/png", bytes: [0xFF, 0])
        var summarized = Event.sample("d")
        summarized.summary = try JSONText(#"{"folder":"f"}"#)
        try await write([described, plain, binary, summarized])
        let time = "1970-01-01T00:00:00.000000+00:00"
        #expect(try directory.text("sshd-a.csv") == "timestamp,description\n\(time),it is done\n")
        #expect(try directory.text("sshd-b.csv") == "timestamp,description,payload\n\(time),see,\"x,y\"\n")
        #expect(try directory.text("sshd-c.csv") == "timestamp,description,payload\n\(time),,/wA=\n")
        #expect(try directory.text("sshd-d.csv") == "timestamp,folder\n\(time),f\n")
    }

    /// Python's `csv` reads back what was published.
    @Test func pythonReadsItBack() async throws {
        let (rows, path) = try await writeStrangeTexts()
        let printed = try await Python.run(
            """
            import csv, json, sys
            with open(sys.argv[1], newline='', encoding='utf-8') as file:
                print(json.dumps(list(csv.reader(file, strict=True))))
            """, [path])
        try expect(printed, rows)
    }

    /// And so does pandas.
    @Test(.enabled("pip cannot fetch pandas") { await pandas.isUsable })
    func pandasReadsItBack() async throws {
        let (rows, path) = try await writeStrangeTexts()
        let printed = try await Python.run(
            """
            import json, pandas, sys
            table = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
            print(json.dumps([list(table.columns)] + table.values.tolist()))
            """, [path], python: Self.pandas.interpreter)
        try expect(printed, rows)
    }

    private static let pandas = PythonPackages("pandas", ["pandas==3.1.1"])

    /// Writes 500 rows of what readers stumble over; returns the rows without their timestamps.
    private func writeStrangeTexts() async throws -> (rows: [[String]], path: String) {
        let parts = [
            "\"", ",", "\n", "\r", "\r\n", " ", "", "é", "𝄞", "a", "\t", "\\", "'", "\u{2028}", "=1+1", "\u{FEFF}",
        ]
        var random = SystemRandomNumberGenerator()
        let rows = (0..<500).map { _ in
            (0..<4).map { _ in
                (0..<Int.random(in: 0..<6, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
                    .joined()
            }
        }
        let events = rows.map { row in
            Event.sample(
                payload: "{" + row.enumerated().map { "\"c,\($0)\":\(JSONText.string($1))" }.joined(separator: ",")
                    + "}")
        }
        try await write(events)
        return (rows, "\(directory.path)/sshd-session.ended.csv")
    }

    private func expect(_ printed: String, _ rows: [[String]]) throws {
        let read = try JSONDecoder().decode([[String]].self, from: Data(printed.utf8))
        #expect(read.first == ["timestamp", "c,0", "c,1", "c,2", "c,3"])
        #expect(read.dropFirst().map { Array($0.dropFirst()) } == rows)
    }

    @Test func settlesAndWritesNothingWhenDisabled() async throws {
        let handler = try CSVSettings(directory: "/nowhere", enabled: false).makeHandler()
        try await handler.prepare()
        try await handler.handle([.created(.sample(payload: #"{"n":1}"#))])
        await handler.close()
    }

    private func write(_ events: [Event], fields: Fields = Fields()) async throws {
        let handler = try CSVHandler(CSVSettings(directory: directory.path), fields: { fields($0) })
        try await handler.prepare()
        try await handler.handle(events.map { .created($0) })
        await handler.close()
    }
}

/// What a catalogue of topics tells.
struct Fields: Sendable {
    var topics: [String: [String]]

    init(_ topics: [String: [String]] = [:]) {
        self.topics = topics
    }

    func callAsFunction(_ topic: String) -> [DatasetField]? { topics[topic]?.map { DatasetField($0) } }
}
