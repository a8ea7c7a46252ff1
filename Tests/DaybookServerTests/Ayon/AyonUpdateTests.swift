import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

struct AyonUpdateTests {
    private let event = Event(topic: "a.b", sender: "me", senderType: "worker")
    private let me = AyonSender([.sender: "me", .senderType: "worker"], .open)

    @Test func `reads new values, and leaves what is null`() throws {
        let change = try read(
            """
            {"sender": "s", "projectName": "p", "user": "u", "status": "in_progress", "description": "d",
             "summary": {"x": 1}, "payload": {}, "progress": "33.5", "retries": "-2", "topic": "other", "hash": "h"}
            """)
        #expect(
            change
                == EventChange(
                    status: .inProgress, progress: 33.5, retries: -2, sender: "s", project: "p", user: "u",
                    description: "d", summary: JSONText(literal: #"{"x":1}"#), payload: Payload(bytes: Array("{}".utf8))
                ))
        let nothing = try read(
            #"{"sender": null, "project": null, "status": null, "summary": null, "progress": null, "retries": null}"#)
        #expect(nothing == EventChange())
    }

    @Test func `finishing sets the progress unless it is given`() throws {
        #expect(try read(#"{"status": "finished"}"#).progress == 100)
        #expect(try read(#"{"status": "finished", "progress": 50}"#).progress == 50)
        #expect(try read(#"{"status": "failed"}"#).progress == nil)
    }

    @Test func `puts the caller's sender and type into the event`() throws {
        let other = AyonSender([.sender: "other"], .open)
        let change = try AyonUpdate(JSONMembers(#"{"status": "failed"}"#.utf8)).change(of: event, by: other)
        #expect(change.sender == "other")
        #expect(change.senderType == "api")
        let empty = try AyonUpdate(JSONMembers("{}".utf8)).change(of: event, by: other)
        #expect(empty == EventChange(sender: "other", senderType: "api"), "an empty update does so, too")
    }

    @Test func `a tick of progress stays one`() throws {
        let tick = try AyonUpdate(JSONMembers(#"{"progress": 5}"#.utf8))
        #expect(tick.change(of: event, by: AyonSender([.sender: "other"], .open)).isProgressOnly)
        #expect(
            try !AyonUpdate(JSONMembers(#"{"progress": 5, "status": "failed"}"#.utf8)).change(of: event, by: me)
                .isProgressOnly)
    }

    @Test(arguments: [
        (#"{"status": "done"}"#, "status: must be one of pending, in_progress, finished, failed, aborted, restarted"),
        (#"{"status": 1}"#, "status: must be a string, not number"),
        (#"{"progress": 101}"#, "progress: must be from 0 to 100"),
        (#"{"progress": -0.5}"#, "progress: must be from 0 to 100"),
        (#"{"progress": "half"}"#, "progress: must be a number"),
        (#"{"progress": 1e400}"#, "progress: must be a number"),
        (#"{"retries": 1.5}"#, "retries: must be a whole number of 64 bits"),
        (#"{"retries": 9223372036854775808}"#, "retries: must be a whole number of 64 bits"),
        (#"{"summary": []}"#, "summary: must be an object, not array"),
        (#"{"project": ""}"#, "project: must be of \(AyonNames.nameRule)"),
    ])
    func `refuses what does not fit`(body: String, message: String) {
        let problem = #expect(throws: Problem.self) { try read(body) }
        #expect(problem?.summary == message)
    }

    private func read(_ body: String) throws -> EventChange {
        try AyonUpdate(JSONMembers(body.utf8)).change(of: event, by: me)
    }
}
