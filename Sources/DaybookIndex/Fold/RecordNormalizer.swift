import Daybook
import LosslessJSON

/// Makes records look as Daybook writes them, where ``RecordContents`` relies on that.
enum RecordNormalizer {
    /// Whether a record must be normalised first.
    ///
    /// JSON attributes are checked in records that look like Daybook's own, too: anybody with access to the log can
    /// write those, and what is no JSON would break every answer it is put into.
    ///
    /// - Throws: ``InvalidReason/json``.
    static func needsNormalising(_ fields: borrowing WireFields) throws(InvalidReason) -> Bool {
        for header in [WireHeader.summary, .metadata, .attributeValue] {
            if let text = fields[header], try !isCompact(text) { return true }
        }
        guard !fields.isOurs, let topic = fields[.type], topic.count > 7 else { return false }
        // The entity follows from the topic, as `EntityChange.fillIn(from:)` knows.
        return topic.part(0, 7).isEqual(to: "entity.")
    }

    /// Whether a valid JSON text has no insignificant white space.
    private static func isCompact(_ text: UnsafeRawBufferPointer) throws(InvalidReason) -> Bool {
        do throws(JSONError) {
            return try JSONText(text).bytes.count == text.count
        } catch {
            throw .json
        }
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
