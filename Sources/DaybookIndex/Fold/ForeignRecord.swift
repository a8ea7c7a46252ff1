import Daybook
import LosslessJSON

/// Makes other people's CloudEvents look as if Daybook had written them, where ``RecordContents`` relies on that.
enum ForeignRecord {
    /// Whether a record must be normalised first.
    static func needsNormalising(_ fields: borrowing WireFields) -> Bool {
        guard !fields.isOurs else { return false }
        if fields[.summary] != nil { return true }
        if fields[.metadata] != nil { return true }
        if fields[.attributeValue] != nil { return true }
        // Its entity follows from the topic, as `EntityChange.fillIn(from:)` knows.
        guard let topic = fields[.type], topic.count > 7 else { return false }
        return topic.part(0, 7).isEqual(to: "entity.")
    }

    /// The record with its JSON attributes checked and without insignificant white space, and with the entity
    /// attributes that follow from its topic.
    static func normalised(_ record: Record, _ fields: borrowing WireFields) throws(InvalidReason) -> Record {
        let entry: EventRecord
        do {
            entry = try RecordDecoder.decode(record)
        } catch {
            do throws(InvalidReason) {
                _ = try RecordContents(fields, hasValue: record.value != nil)
            } catch  where error != .json {
                throw error
            } catch {}
            throw .json
        }
        var record = record
        // Of repeated headers the last one counts.
        let event = entry.event
        record.headers.append(name: "ce_summary", value: event.summary.bytes)
        record.headers.append(name: "ce_metadata", value: event.metadata.bytes)
        if let value = event.entity.attributeValue {
            record.headers.append(name: "ce_attributevalue", value: value.bytes)
        }
        if let type = event.entity.type { record.headers.append("ce_entitytype", type) }
        if let operation = event.entity.operation { record.headers.append("ce_operation", operation.rawValue) }
        if let name = event.entity.attributeName { record.headers.append("ce_attributename", name) }
        return record
    }
}
