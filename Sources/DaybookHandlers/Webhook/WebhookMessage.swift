import Crypto
import Daybook
import FoundationEssentials
import LosslessJSON

/// What is posted for a delivery: the same each time it is tried.
struct WebhookMessage: Sendable {
    /// Names the record and the registration, so that a receiver knows what it has had already.
    let id: String
    let contentType: String
    let body: [UInt8]

    init(_ delivery: Delivery, _ format: WebhookFormat) {
        // A digest, because the names may hold what a header or a signed text cannot, such as the full stop.
        let names = "\(delivery.entry.record.recordID)\0\(delivery.registration)"
        let digest = SHA256.hash(data: Array(names.utf8)).prefix(16)
        id = "msg_" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        var json = JSONWriter()
        switch format {
        case .cloudEvents:
            contentType = "application/cloudevents+json; charset=UTF-8"
            Self.writeCloudEvent(delivery.entry.record, to: &json)
        case .daybook:
            contentType = "application/json"
            delivery.entry.record.write(to: &json, position: delivery.entry.position, time: delivery.entry.time)
        }
        body = json.bytes
    }

    /// The record as the log has it, in structured mode.
    private static func writeCloudEvent(_ entry: EventRecord, to json: inout JSONWriter) {
        let record = RecordEncoder.encode(entry)
        json.beginObject()
        var contentType: String?
        for (name, value) in record.headers.all {
            guard let value else { continue }
            let text = String(decoding: value, as: UTF8.self)
            if name == "content-type" {
                contentType = text
                continue
            }
            json.key(escaping: name.hasPrefix("ce_") ? String(name.dropFirst(3)) : name)
            json.string(text)
        }
        if let value = record.value {
            json.key("datacontenttype")
            json.string(contentType ?? Payload.json)
            let payload = Payload(contentType: contentType ?? Payload.json, bytes: value)
            if payload.isJSON, let data = try? JSONText(value) {
                json.key("data")
                json.raw(data)
            } else if !payload.isJSON, let text = String(validating: value, as: UTF8.self), !value.contains(0) {
                json.key("data")
                json.string(text)
            } else {
                json.key("data_base64")
                json.string(Data(value).base64EncodedString())
            }
        }
        json.endObject()
    }
}
