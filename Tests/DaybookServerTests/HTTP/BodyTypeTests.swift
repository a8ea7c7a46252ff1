import HTTPTypes
import Testing

@testable import DaybookServer

struct BodyTypeTests {
    @Test(
        arguments: [
            (nil, .json), ("application/json", .json), ("Application/JSON; charset=UTF-8", .json),
            ("application/json;charset=\"utf-8\"", .json), ("application/x-ndjson", .ndjson),
            ("application/ndjson", .ndjson), ("application/cloudevents+json; charset=utf-8", .cloudEvent),
            ("application/cloudevents-batch+json", .cloudEventBatch),
        ] as [(String?, BodyType)])
    func `knows what is taken`(header: String?, type: BodyType) throws {
        #expect(try BodyType(contentType: header, allowed: BodyType.allCases) == type)
    }

    @Test(arguments: [
        "text/plain", "application/xml", "", "application/json; charset=latin1", "application/x-www-form-urlencoded",
    ])
    func `refuses everything else, naming what is taken`(header: String) {
        let problem = #expect(throws: Problem.self) { try BodyType(contentType: header, allowed: [.json, .ndjson]) }
        #expect(problem?.status.code == 415)
        #expect(problem?.detail.hasSuffix("send application/json, application/x-ndjson in UTF-8") == true)
    }

    @Test func `refuses what this route does not take`() {
        #expect(throws: Problem.self) { try BodyType(contentType: "application/x-ndjson", allowed: [.json]) }
    }
}
