import Daybook
import LosslessJSON
import Testing

struct StructuredModeTests {
    static let attributes = #""specversion":"1.0","id":"A-1","source":"/shop","type":"order.placed""#

    static func record(_ json: String, contentType: String = "application/cloudevents+json") -> Record {
        var headers = RecordHeaders()
        headers.append(name: "content-type", value: Array(contentType.utf8))
        return Record(key: [7], value: Array(json.utf8), headers: headers)
    }

    private func decode(_ more: String = "") throws -> Event {
        try RecordDecoder.decode(Self.record("{\(Self.attributes)\(more.isEmpty ? "" : ",")\(more)}")).event
    }

    @Test func `attributes become headers`() throws {
        let binary = try #require(
            try StructuredMode.binary(
                from: Self.record(
                    "{\(Self.attributes),\"time\":\"2026-11-21T03:00:44Z\",\"data\":{\"a\" : 1.0},\"priority\":3}")))
        #expect(
            binary.headers.all.map { "\($0.name)=\(String(decoding: $0.value ?? [], as: UTF8.self))" } == [
                "ce_specversion=1.0", "ce_id=A-1", "ce_source=/shop", "ce_type=order.placed",
                "ce_time=2026-11-21T03:00:44Z", "ce_priority=3", "content-type=application/json",
            ])
        #expect(binary.value == Array(#"{"a":1.0}"#.utf8))
        #expect(binary.key == [7])
    }

    @Test(arguments: [
        (#""data":{"a":[1,2.50]}"#, "application/json", #"{"a":[1,2.50]}"#),
        (#""data":"text""#, "application/json", #""text""#),
        (#""data":7"#, "application/json", "7"), (#""data":false"#, "application/json", "false"),
        (#""data":[]"#, "application/json", "[]"), (#""data":null"#, "application/json", "null"),
        (#""datacontenttype":"application/vnd.x+json","data":"t""#, "application/vnd.x+json", #""t""#),
        (#""datacontenttype":"text/plain","data":"t\u00e9""#, "text/plain", "té"),
        (#""datacontenttype":"text/xml","data":"""#, "text/xml", ""),
        (#""datacontenttype":null,"data":1"#, "application/json", "1"),
        (#""data_base64":null,"data":1"#, "application/json", "1"),
        (
            #""datacontenttype":"application/octet-stream","data_base64":"AAEC""#, "application/octet-stream",
            "\u{0}\u{1}\u{2}"
        ),
        (#""data_base64":"eyJhIjoxfQ==""#, "application/json", #"{"a":1}"#),
    ])
    func `every kind of data`(members: String, contentType: String, value: String) throws {
        #expect(try decode(members).payload == Payload(contentType: contentType, bytes: Array(value.utf8)))
    }

    @Test func `without data there is no payload`() throws {
        #expect(try decode().payload == nil)
        #expect(try decode(#""datacontenttype":"text/plain""#).payload == nil)
    }

    @Test func `our attributes may be JSON or text`() throws {
        let event = try decode(
            #""status":"failed","progress":12.5,"retries":2,"summary":{"n":1.50},"metadata":"{\"k\":true}","hash":"h","#
                + #""entitytype":"x","dependson":"01923456-789A-7BCD-8EF0-123456789ABC","partitionkey":"k","user":null,"#
                + #""traceparent":"00-a","severity":"error","attributevalue":[1]"#)
        #expect(event.status == .failed && event.progress == 12.5 && event.retries == 2)
        #expect(event.summary.description == #"{"n":1.50}"# && event.metadata.description == #"{"k":true}"#)
        #expect(event.hash == "h" && event.entity.type == "x" && event.orderingKey == "k" && event.user == nil)
        #expect(event.dependsOn?.description == "01923456789a7bcd8ef0123456789abc")
        #expect(event.traceparent == "00-a" && event.severity == .error)
        #expect(event.entity.attributeValue?.description == "[1]")
    }

    @Test(arguments: [
        "application/cloudevents+json", "application/cloudevents+json; charset=UTF-8", "APPLICATION/CloudEvents+JSON",
        "application/cloudevents",
    ])
    func `is told by its content type`(contentType: String) throws {
        let record = Self.record("{\(Self.attributes)}", contentType: contentType)
        #expect(try RecordDecoder.decode(record).event.topic == "order.placed")
    }

    @Test(arguments: ["application/json", "application/cloudevent", "text/application/cloudevents", ""])
    func `other content types are not structured mode`(contentType: String) throws {
        #expect(try StructuredMode.binary(from: Self.record("{\(Self.attributes)}", contentType: contentType)) == nil)
    }

    @Test(arguments: [
        ("{", "valid JSON"), ("[]", "valid JSON"), ("", "valid JSON"), ("{\"specversion\":\"1.0\"}", "ce_type"),
        ("{\(attributes),\"bad-name\":1}", "bad-name"), ("{\(attributes),\"Upper\":1}", "Upper"),
        ("{\(attributes),\"\":1}", "attribute name"),
        ("{\(attributes),\"data\":1,\"data_base64\":\"AA==\"}", "exclude"),
        ("{\(attributes),\"data_base64\":1234}", "data_base64 must be a string"),
        ("{\(attributes),\"datacontenttype\":[]}", "datacontenttype must be a string"),
        ("{\(attributes),\"data_base64\":\"A\"}", "Base64"), ("{\(attributes),\"data_base64\":\"é\"}", "Base64"),
        ("{\(attributes),\"datacontenttype\":\"text/plain\",\"data\":{}}", "must be a string"),
        ("{\(attributes),\"status\":\"odd\"}", "ce_status"), ("{\(attributes),\"summary\":[]}", "ce_summary"),
        ("{\(attributes)}x", "valid JSON"), ("{\(attributes),\"data\":\"\\ud800\"}", "valid JSON"),
    ])
    func `what is no CloudEvent is refused with a reason`(json: String, reason: String) {
        let refused = #expect(throws: InvalidRecord.self) { try RecordDecoder.decode(Self.record(json)) }
        #expect(refused?.reason.contains(reason) == true, "\(refused?.reason ?? "")")
    }

    @Test func `without a value it is refused`() {
        var record = Self.record("")
        record.value = nil
        #expect(throws: InvalidRecord.self) { try RecordDecoder.decode(record) }
    }
}
