public import LosslessJSON

/// What the catalog holds besides streams, so that every server agrees about it: key `<kind>/<name>`, value a JSON object.
///
/// Records of other kinds are those of later versions, and are passed over.
public enum CatalogKind: String, Hashable, Sendable, CaseIterable {
    /// Entries of the topic catalogue, by pattern.
    case topic
    /// Registrations, by name.
    case registration
    /// API keys, by name.
    case key
}

/// Something in the catalog, as its last record has it.
public struct CatalogItem: Hashable, Sendable {
    public var name: String
    /// An object; what is in it is the kind's affair.
    public var value: JSONText
    /// The offset of its record in the catalog stream: higher is later, in the order that all servers see.
    public var version: Int64
    /// When the log took that record.
    public var time: Timestamp

    public init(name: String, value: JSONText, version: Int64, time: Timestamp) {
        self.name = name
        self.value = value
        self.version = version
        self.time = time
    }
}

/// A record of the catalog that sets or removes an item.
struct CatalogItemRecord {
    var kind: CatalogKind
    var name: String
    /// Nil removes the item.
    var value: JSONText?

    init(_ kind: CatalogKind, _ name: String, _ value: JSONText?) {
        self.kind = kind
        self.name = name
        self.value = value
    }

    /// Nil for records of other kinds. A value that is no JSON object counts as none: once the stream is compacted
    /// nobody can know what was there before.
    init?(_ record: Record) {
        guard let key = record.key.flatMap({ String(validating: $0, as: UTF8.self) }),
            let slash = key.firstIndex(of: "/"), let kind = CatalogKind(rawValue: String(key[..<slash]))
        else { return nil }
        self.kind = kind
        name = String(key[key.index(after: slash)...])
        value = record.value.flatMap { try? JSONText($0) }.flatMap { $0.isObject ? $0 : nil }
    }

    var record: Record {
        Record(key: Array("\(kind.rawValue)/\(name)".utf8), value: value?.bytes)
    }
}
