import Daybook
import LosslessJSON
import Testing

struct TopicEntryTests {
    private func pattern(_ text: String) throws -> TopicPattern { try #require(TopicPattern(text)) }

    private func read(_ text: String) throws -> TopicEntry {
        try TopicEntry(pattern("a.b"), JSONMembers(text.utf8))
    }

    private func problems(_ text: String) throws -> [FieldProblem] {
        let members = try JSONMembers(text.utf8)
        let pattern = try pattern("a.b")
        return try #require(throws: InvalidTopicEntry.self) { try TopicEntry(pattern, members) }.problems
    }

    @Test func `an entry is read as it is written`() throws {
        let entry = TopicEntry(
            try pattern("ssh.*"), description: "Logins",
            summary: [
                SummaryMember("user", description: "Who", type: .string), SummaryMember("n", isOptional: true),
            ], check: .warn,
            fields: [DatasetField("port", description: "Port", type: .integer), DatasetField("any")])
        #expect(
            entry.json.description
                == #"{"description":"Logins","check":"warn","summary":[{"name":"user","description":"Who","type":"string"},"#
                + #"{"name":"n","optional":true}],"fields":[{"name":"port","description":"Port","type":"integer"},{"name":"any"}]}"#
        )
        #expect(try TopicEntry(entry.pattern, JSONMembers(entry.json.bytes)) == entry)
        let bare = TopicEntry(try pattern("a"))
        #expect(bare.json == .emptyObject)
        #expect(try TopicEntry(bare.pattern, JSONMembers("{}".utf8)) == bare)
        let empty = TopicEntry(try pattern("a"), summary: [], fields: [])
        #expect(try TopicEntry(empty.pattern, JSONMembers(empty.json.bytes)) == empty, "none is not unknown")
    }

    @Test func `names stand for members that are nothing but a name`() throws {
        let entry = try read(#"{"fields":["a","b"],"summary":["c"],"description":null}"#)
        #expect(entry.fields == [DatasetField("a"), DatasetField("b")] && entry.summary == [SummaryMember("c")])
    }

    @Test(arguments: ["timestamp", "summary"])
    func `a reserved name is refused, and named`(name: String) throws {
        let found = try problems(#"{"fields":["user","\#(name)"]}"#)
        #expect(found.map(\.field) == ["fields.\(name)"] && found.map(\.code) == ["reserved"])
        #expect(found[0].message.contains("the name \(name) is reserved"))
        #expect(throws: Never.self, "in summaries they are free") { try read(#"{"summary":["\#(name)"]}"#) }
    }

    @Test func `everything that is wrong is in one error`() throws {
        let found = try problems(#"{"fields":["a","timestamp","b","a",""],"summary":["x","x"]}"#)
        #expect(
            found.map { "\($0.field) \($0.code)" } == [
                "summary.x duplicate", "fields.a duplicate", "fields bad_value", "fields.timestamp reserved",
            ])
        let types = try problems(
            #"{"check":"loud","fields":[{"name":7},{"type":"text"},{"name":"a","optional":true},7],"colour":"red","summary":{}}"#
        )
        #expect(
            types.map { "\($0.field) \($0.code)" } == [
                "check bad_value", "fields.0.name bad_type", "fields.1.type bad_value", "fields.1.name missing",
                "fields.2.optional unknown_field", "fields.3 bad_type", "colour unknown_field", "summary bad_type",
            ])
    }

    @Test func `a check needs something to check against`() throws {
        #expect(try problems(#"{"check":"reject"}"#).map(\.field) == ["check"])
        #expect(try read(#"{"check":"reject","summary":[]}"#).check == .reject)
    }

    @Test func `sizes are bounded`() throws {
        func entry(_ change: (inout TopicEntry) -> Void) throws -> [String] {
            var entry = TopicEntry(try pattern("a"))
            change(&entry)
            do throws(InvalidTopicEntry) { try entry.validate() } catch { return error.problems.map(\.code) }
            return []
        }
        func text(_ count: Int) -> String { String(repeating: "x", count: count) }
        #expect(try entry { $0.description = text(4096) } == [])
        #expect(try entry { $0.description = text(4097) } == ["too_long"])
        #expect(try entry { $0.fields = [DatasetField(text(128), description: text(512))] } == [])
        #expect(try entry { $0.fields = [DatasetField(text(129))] } == ["too_long"])
        #expect(try entry { $0.fields = [DatasetField("a", description: text(513))] } == ["too_long"])
        #expect(try entry { $0.fields = [DatasetField("a\nb")] } == ["bad_value"])
        #expect(try entry { $0.fields = (0..<256).map { DatasetField("f\($0)") } } == [])
        #expect(try entry { $0.summary = (0..<257).map { SummaryMember("f\($0)") } } == ["too_many"])
    }

    @Test func `types take what they say, and null`() throws {
        let values: [DatasetFieldType: (taken: [String], refused: [String])] = [
            .string: ([#""""#, #""7""#], ["7", "true", "[]"]),
            .integer: (["7", "-7.0", "70e-1"], ["7.5", #""7""#, "9223372036854775808"]),
            .number: (["7", "7.5", "1e400"], [#""7""#, "true"]), .boolean: (["true", "false"], ["0", #""true""#]),
            .time: ([#""2026-11-21T03:00:44Z""#, #""2026-11-21""#], [#""yesterday""#, "1763694044"]),
            .object: (["{}"], ["[]", #""{}""#]), .array: (["[1]"], ["{}"]),
        ]
        #expect(Set(values.keys) == Set(DatasetFieldType.allCases))
        for (type, (taken, refused)) in values {
            for value in taken + ["null"] { #expect(type.accepts(try JSONText(value)), "\(type) \(value)") }
            for value in refused { #expect(!type.accepts(try JSONText(value)), "\(type) \(value)") }
        }
    }
}
