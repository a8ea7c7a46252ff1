import LosslessJSON

/// A history stream as the catalog stream holds it: key `stream/<name>`, value
/// `{"partitions": 8, "retentionSeconds": 86400}` (the latter absent when records are kept for ever).
struct CatalogEntry {
    static let keyPrefix = "stream/"

    var stream: StreamSpecification

    init(stream: StreamSpecification) {
        self.stream = stream
    }

    /// Nil for records of other kinds, which later versions write.
    init?(_ record: Record) {
        guard let key = record.key.flatMap({ String(validating: $0, as: UTF8.self) }), key.hasPrefix(Self.keyPrefix),
            let value = record.value, let members = try? JSONMembers(value),
            let partitions = members["partitions"]?.int64Value, let count = Int32(exactly: partitions), count > 0
        else { return nil }
        let retention = members["retentionSeconds"]?.int64Value.map { Duration.seconds($0) }
        stream = StreamSpecification(
            name: String(key.dropFirst(Self.keyPrefix.count)), partitions: count, cleanup: .delete(retention: retention)
        )
    }

    var record: Record {
        var json = JSONWriter()
        json.beginObject()
        json.key("partitions")
        json.int(Int64(stream.partitions))
        if case .delete(let retention?) = stream.cleanup {
            json.key("retentionSeconds")
            json.int(retention.components.seconds)
        }
        json.endObject()
        return Record(key: Array((Self.keyPrefix + stream.name).utf8), value: json.bytes)
    }
}
