import Daybook
import LosslessJSON
import Testing

/// Filters as AYON writes them: what they match, and what is refused.
struct AyonFilterTests {
    private func event() throws -> Event {
        var event = Event(topic: "entity.folder.created", sender: "Worker_1", project: "demo", retries: 2)
        event.summary = try JSONText(
            #"{"n": 5, "s": "Ünder_score", "yes": true, "nothing": null, "list": [1, "two"], "deep": {"er": "x"}}"#)
        event.payload = Payload(bytes: Array(#"{"big": 123456789012345678901, "half": 0.50, "tags": ["a", "b"]}"#.utf8))
        event.createdAt = Timestamp("2026-11-21T03:00:44Z")
        return event
    }

    private func matches(_ condition: String) throws -> Bool {
        let filter = try #require(try AyonFilter.read(JSONText(#"{"conditions": [\#(condition)]}"#)))
        return filter.matches(try event())
    }

    @Test(arguments: [
        #"{"key": "topic", "value": "entity.folder.created"}"#,
        #"{"key": "project_name", "value": "demo"}"#,
        #"{"key": "senderType", "operator": "isnull"}"#,
        #"{"key": "sender_type", "operator": "IS_NULL"}"#,
        #"{"key": "sender", "operator": "like", "value": "worker\\_%"}"#,
        #"{"key": "status", "operator": "in", "value": ["finished", "failed"]}"#,
        #"{"key": "status", "operator": "NOT-IN", "value": ["failed"]}"#,
        #"{"key": "user", "operator": "notin", "value": []}"#,
        #"{"key": "retries", "operator": "gte", "value": 2.0}"#,
        #"{"key": "retries", "operator": "lt", "value": 1e1}"#,
        #"{"key": "progress", "value": 100}"#,
        #"{"key": "createdAt", "operator": "gt", "value": "2026-11-21T04:00:43+01:00"}"#,
        #"{"key": "summary/n", "value": 5}"#,
        #"{"key": "summary.n", "value": 5.0}"#,
        #"{"key": "summary/n", "operator": "ne", "value": "5"}"#,
        #"{"key": "summary/n", "operator": "gt", "value": "zzz"}"#,
        #"{"key": "summary/s", "operator": "like", "value": "ünder_s%"}"#,
        #"{"key": "summary/yes", "value": true}"#,
        #"{"key": "summary/missing", "value": false}"#,
        #"{"key": "summary/nothing", "operator": "notnull"}"#,
        #"{"key": "summary/missing", "operator": "isnull"}"#,
        #"{"key": "summary/deep/er", "value": "x"}"#,
        #"{"key": "summary/list", "operator": "includes", "value": "two"}"#,
        #"{"key": "summary/list", "operator": "excludes", "value": "1"}"#,
        #"{"key": "payload/big", "value": 123456789012345678901}"#,
        #"{"key": "payload/big", "operator": "gt", "value": 123456789012345678900}"#,
        #"{"key": "payload/half", "value": 5e-1}"#,
        #"{"key": "payload/tags", "operator": "includesall", "value": ["b", "a"]}"#,
        #"{"key": "payload/tags", "operator": "excludesall", "value": ["a", "c"]}"#,
        #"{"key": "payload/tags", "operator": "includesany", "value": ["c", "a"]}"#,
        #"{"key": "payload/tags", "operator": "excludesany", "value": ["c"]}"#,
        #"{"operator": "OR", "conditions": [{"key": "topic", "value": "x"}, {"key": "payload/half", "value": 0.5}]}"#,
    ])
    func `holds`(_ condition: String) throws {
        #expect(try matches(condition))
    }

    @Test(arguments: [
        #"{"key": "topic", "value": "entity"}"#,
        #"{"key": "senderType", "operator": "ne", "value": "x"}"#,
        #"{"key": "senderType", "operator": "notin", "value": ["x"]}"#,
        #"{"key": "status", "operator": "in", "value": []}"#,
        #"{"key": "sender", "operator": "like", "value": "worker"}"#,
        #"{"key": "summary/n", "value": "5"}"#,
        #"{"key": "summary/missing", "operator": "ne", "value": 1}"#,
        #"{"key": "summary/n", "value": false}"#,
        #"{"key": "summary/nothing", "operator": "isnull"}"#,
        #"{"key": "summary/n", "operator": "includes", "value": 5}"#,
        #"{"key": "summary/list", "operator": "includes", "value": "1"}"#,
        #"{"key": "payload/big", "value": 123456789012345678900}"#,
        #"{"key": "payload/big", "operator": "lt", "value": 123456789012345678901}"#,
        #"{"key": "payload/missing/deeper", "value": 1}"#,
        #"{"operator": "or", "conditions": [{"key": "topic", "value": "x"}, {"key": "payload/half", "value": 1}]}"#,
    ])
    func `does not hold`(_ condition: String) throws {
        #expect(try !matches(condition))
    }

    @Test func `no conditions are no filter`() throws {
        for text in ["{}", #"{"operator": "or"}"#, #"{"conditions": []}"#, #"{"conditions": [{"conditions": []}]}"#] {
            #expect(try AyonFilter.read(JSONText(text)) == nil)
        }
    }

    @Test(arguments: [
        (#"[]"#, "", "must be an object"),
        (#"{"operator": "xor"}"#, "operator", "'and' or 'or'"),
        (#"{"conditions": {}}"#, "conditions", "must be a list"),
        (#"{"conditions": [3]}"#, "conditions.0", "must be a condition or a filter"),
        (#"{"conditions": [{"value": 3}]}"#, "conditions.0.key", "is missing"),
        (#"{"conditions": [{"key": "colour", "value": 3}]}"#, "conditions.0.key", "no attribute 'colour'"),
        (#"{"conditions": [{"key": "summary", "value": 3}]}"#, "conditions.0.key", "say which member"),
        (#"{"conditions": [{"key": "topic/x", "value": 3}]}"#, "conditions.0.key", "has no members"),
        (#"{"conditions": [{"key": "summary/a-b", "value": 3}]}"#, "conditions.0.key", "is no path"),
        (#"{"conditions": [{"key": "topic", "value": null}]}"#, "conditions.0.value", "use 'isnull'"),
        (#"{"conditions": [{"key": "topic"}]}"#, "conditions.0.value", "needs a value"),
        (#"{"conditions": [{"key": "topic", "value": 3}]}"#, "conditions.0.value", "topic is a text"),
        (#"{"conditions": [{"key": "retries", "value": "3"}]}"#, "conditions.0.value", "retries is a number"),
        (#"{"conditions": [{"key": "createdAt", "value": "today"}]}"#, "conditions.0.value", "createdAt is a time"),
        (#"{"conditions": [{"key": "topic", "value": ["a"]}]}"#, "conditions.0.value", "not array"),
        (#"{"conditions": [{"key": "topic", "operator": "in", "value": "a"}]}"#, "conditions.0.value", "takes a list"),
        (
            #"{"conditions": [{"key": "topic", "operator": "in", "value": ["a", null]}]}"#, "conditions.0.value.1",
            "not null"
        ),
        (
            #"{"conditions": [{"key": "topic", "operator": "contains", "value": "a"}]}"#, "conditions.0.operator",
            #""contains" is no operator"#
        ),
        (
            #"{"conditions": [{"key": "topic", "operator": "includes", "value": "a"}]}"#, "conditions.0.operator",
            "is for lists"
        ),
        (
            #"{"conditions": [{"conditions": [{"key": "topic", "value": null}]}]}"#, "conditions.0.conditions.0.value",
            "needs a value"
        ),
    ])
    func `is refused, with the place`(_ text: String, _ place: String, _ reason: String) throws {
        let error = #expect(throws: InvalidFilter.self) { try AyonFilter.read(JSONText(text)) }
        #expect(error?.location.joined(separator: ".") == place)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func `a filter has so many conditions at most`() throws {
        let one = #"{"key": "payload/a", "operator": "isnull"}"#
        func read(_ count: Int) throws -> Filter? {
            try AyonFilter.read(
                JSONText(#"{"conditions": [\#(Array(repeating: one, count: count).joined(separator: ","))]}"#))
        }
        #expect(try read(256)?.matches(event()) == true)
        #expect(throws: InvalidFilter.self) { try read(257) }
    }

    @Test func `what came of the payload stands for it`() throws {
        let filter = try #require(
            try AyonFilter.read(
                JSONText(
                    #"{"conditions": [{"key": "payload/half", "value": 0.5}, {"key": "status", "value": "finished"}]}"#)
            ))
        var event = try event()
        let results = filter.payloadResults(event.payload)
        event.payload = nil
        #expect(filter.matches(event, payload: results))
        event.status = .failed
        #expect(!filter.matches(event, payload: results))
        #expect(!filter.matches(event))
    }
}
