import FoundationEssentials
public import LosslessJSON

/// CloudEvents in structured mode (a JSON object that holds attributes and data), turned into binary mode.
public enum StructuredMode {
    /// Whether a content type says that a value is one CloudEvent in JSON.
    static func isStructured(_ contentType: UnsafeRawBufferPointer) -> Bool {
        contentType.count >= prefix.count
            && zip(contentType, prefix).allSatisfy { ($0 | 0x20) == ($1 | 0x20) }
    }

    private static let prefix = Array("application/cloudevents".utf8)

    /// The record in binary mode, or nil when it is not in structured mode.
    ///
    /// - Throws: ``InvalidRecord`` when it claims to be and is no CloudEvent in JSON.
    public static func binary(from record: Record) throws -> Record? {
        try WireFields.read(record.headers) { try binary(from: record, $0) }
    }

    /// ``binary(from:)`` of a record whose headers have been looked through already.
    static func binary(from record: Record, _ fields: borrowing WireFields) throws -> Record? {
        guard let contentType = fields[.contentType], isStructured(contentType) else { return nil }
        guard let value = record.value else { throw InvalidRecord("structured mode without a value") }
        do {
            return try binary(from: JSONMembers(value), key: record.key)
        } catch let error as JSONError {
            throw InvalidRecord("the CloudEvent is no valid JSON: \(error)")
        }
    }

    /// The binary-mode record of a CloudEvent's JSON members: each attribute becomes a `ce_` header, `data` or
    /// `data_base64` the value. Data under a JSON content type (the default) is kept as written; else it must be a
    /// string, whose text is the value.
    ///
    /// - Throws: ``InvalidRecord``.
    public static func binary(from members: JSONMembers, key: [UInt8]? = nil) throws -> Record {
        var headers = RecordHeaders()
        var contentType: String?
        var data: JSONText?
        var base64: String?
        for member in members {
            switch member.key {
            // A null attribute is one that is not set (CloudEvents JSON format, 2.2); null data is a value.
            case _ where member.value.isNull && member.key != "data": continue
            case "datacontenttype": contentType = try string(member)
            case "data": data = member.value
            case "data_base64": base64 = try string(member)
            default:
                guard member.key.utf8.allSatisfy(isNameByte), !member.key.isEmpty else {
                    throw InvalidRecord(
                        "\(member.key) is no CloudEvents attribute name (lower-case letters and digits)")
                }
                headers.append(name: "ce_" + member.key, value: Array(text(member.value).utf8))
            }
        }
        // The distributed tracing extension is a plain header in the Kafka binding's world.
        headers.renameLast("ce_traceparent", to: "traceparent")
        var value: [UInt8]?
        if let base64 {
            guard data == nil else { throw InvalidRecord("data and data_base64 exclude each other") }
            guard let decoded = Data(base64Encoded: base64) else { throw InvalidRecord("data_base64 is no Base64") }
            value = Array(decoded)
        } else if let data {
            if contentType.map({ Payload(contentType: $0, bytes: []).isJSON }) ?? true {
                value = data.bytes
            } else {
                guard let text = data.stringValue else {
                    throw InvalidRecord("data must be a string when datacontenttype is \(contentType ?? "")")
                }
                value = Array(text.utf8)
            }
        }
        if value != nil { headers.append("content-type", contentType ?? Payload.json) }
        return Record(key: key, value: value, headers: headers)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func string(_ member: JSONMembers.Element) throws(InvalidRecord) -> String {
        if let text = member.value.stringValue { return text }
        throw InvalidRecord("\(member.key) must be a string, not \(member.value.kind.rawValue)")
    }

    /// A scalar as text; an object or array, which CloudEvents does not have, as its JSON (so that `summary` can be
    /// one).
    private static func text(_ value: JSONText) -> String {
        value.stringValue ?? value.description
    }
}

extension RecordHeaders {
    fileprivate mutating func renameLast(_ name: String, to newName: String) {
        guard let value = self[name] else { return }
        var renamed = RecordHeaders()
        for header in all where header.name != name { renamed.append(name: header.name, value: header.value) }
        renamed.append(name: newName, value: Array(value.utf8))
        self = renamed
    }
}
