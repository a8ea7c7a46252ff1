import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

struct AyonDispatchTests {
    @Test func `reads what AYON's client sends`() throws {
        let dispatch = try read(
            """
            {"topic": "my.topic", "sender": "worker", "hash": null, "project": "demo", "user": "somebody",
             "description": null, "summary": {"a": 1.50}, "payload": {"b": [1, 2]}, "finished": true, "store": true,
             "dependsOn": "0123456789abcdef0123456789abcdef", "dependencies": ["x"]}
            """)
        #expect(dispatch.store)
        let event = dispatch.event
        #expect(event.topic == "my.topic" && event.sender == "worker" && event.project == "demo")
        #expect(event.hash == nil)
        #expect(event.user == nil, "AYON ignores a user in the body")
        #expect(event.description == "")
        #expect(event.summary.description == #"{"a":1.50}"#)
        #expect(event.payload == Payload(bytes: Array(#"{"b":[1,2]}"#.utf8)))
        #expect(event.dependsOn?.description == "0123456789abcdef0123456789abcdef")
        #expect(event.status == .finished && event.progress == 100)
        #expect(event.senderType == "api")
    }

    @Test func `takes names in snake case`() throws {
        let event = try read(#"{"topic": "a.b", "depends_on": "0123456789abcdef0123456789abcdef"}"#).event
        #expect(event.dependsOn != nil)
    }

    @Test(arguments: [
        (#""no""#, false), (#""OFF""#, false), (#""0""#, false), ("0", false), ("false", false), (#""f""#, false),
        (#""yes""#, true), (#""On""#, true), ("1", true), ("true", true), (#""y""#, true), ("1.0", true),
    ])
    func `reads booleans from strings and numbers`(text: String, value: Bool) throws {
        let dispatch = try read(#"{"topic": "a.b", "finished": \#(text), "store": \#(text)}"#)
        #expect(dispatch.store == value)
        #expect(dispatch.event.status == (value ? .finished : .pending))
        #expect(dispatch.event.progress == (value ? 100 : 0))
        #expect(dispatch.write == (value ? .create(dispatch.event) : .signal(dispatch.event)))
    }

    @Test(arguments: [
        ("abc", true), ("a.b", true), ("a_9.*", true), ("a..", true), ("ab", false), ("9ab", false), ("a-b", false),
        ("a/b", false), ("a b", false), ("äbc", false), ("", false),
        (String(repeating: "a", count: 65), true), (String(repeating: "a", count: 66), false),
    ])
    func `holds topics against AYON's pattern`(topic: String, isTopic: Bool) {
        #expect(AyonNames.isTopic(topic) == isTopic)
    }

    @Test(arguments: [
        ("a", true), ("_", true), ("a.b-c", true), ("9", true), ("", false), (".a", false), ("a-", false),
        ("a b", false), ("ä", false),
    ])
    func `holds projects and senders against AYON's pattern`(name: String, isName: Bool) {
        #expect(AyonNames.isName(name) == isName)
    }

    @Test(arguments: [
        (#"{}"#, "topic: is required"),
        (#"{"topic": null}"#, "topic: must be a string, not null"),
        (#"{"topic": 5}"#, "topic: must be a string, not number"),
        (#"{"topic": "a-b"}"#, "topic: must be \(AyonNames.topicRule)"),
        (#"{"topic": "a.b", "project": "-x"}"#, "project: must be of \(AyonNames.nameRule)"),
        (#"{"topic": "a.b", "summary": null}"#, "summary: must be an object, not null"),
        (#"{"topic": "a.b", "summary": []}"#, "summary: must be an object, not array"),
        (#"{"topic": "a.b", "payload": "x"}"#, "payload: must be an object, not string"),
        (#"{"topic": "a.b", "finished": "maybe"}"#, "finished: must be true or false"),
        (#"{"topic": "a.b", "store": 2}"#, "store: must be true or false"),
        (#"{"topic": "a.b", "reuse": {}}"#, "reuse: must be true or false"),
        (#"{"topic": "a.b", "sender": 1}"#, "sender: must be a string, not number"),
        (#"{"topic": "a.b", "hash": true}"#, "hash: must be a string, not bool"),
        (
            #"{"topic": "a.b", "dependsOn": "0123456789ABCDEF0123456789abcdef"}"#,
            "dependsOn: must be an event id: 32 lower-case hex digits"
        ),
        (
            #"{"topic": "a", "summary": 1, "store": null}"#,
            "topic: must be \(AyonNames.topicRule); summary: must be an object, not number; store: must be true or false"
        ),
    ])
    func `refuses what does not fit, all at once`(body: String, message: String) {
        let problem = #expect(throws: Problem.self) { try read(body) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.summary == message)
        #expect(problem?.errors.allSatisfy { $0.location.first == "body" } == true)
    }

    @Test func `takes the sender from the headers when the body names none`() throws {
        let headers: HTTPFields = [.sender: "host-1", .senderType: "worker"]
        #expect(try read(#"{"topic": "a.b"}"#, headers).event.sender == "host-1")
        #expect(try read(#"{"topic": "a.b", "sender": null}"#, headers).event.sender == "host-1")
        let named = try read(#"{"topic": "a.b", "sender": "free text, ok"}"#, headers).event
        #expect(named.sender == "free text, ok")
        #expect(named.senderType == "worker")
        let odd = try read(#"{"topic": "a.b"}"#, [.sender: "not a name!", .senderType: "-"]).event
        #expect(odd.sender == nil && odd.senderType == "api", "headers that are no names are ignored")
    }

    private func read(_ body: String, _ headers: HTTPFields = [:]) throws -> AyonDispatch {
        try AyonDispatch(JSONMembers(body.utf8), sender: AyonSender(headers, .open))
    }
}
