/// One field of a dataset, in the order in which tables show it.
public struct DatasetField: Hashable, Sendable {
    /// The payload's member.
    public var name: String
    /// What tables call it; empty: its name.
    public var description: String
    /// What its values are; nil: any JSON. Null is always taken, and means that the value is not known.
    public var type: DatasetFieldType?

    public init(_ name: String, description: String = "", type: DatasetFieldType? = nil) {
        self.name = name
        self.description = description
        self.type = type
    }

    /// The description, or the name where there is none.
    public var title: String { description.isEmpty ? name : description }

    /// The member that every dataset has besides its fields, before them: when what it tells of happened, in ISO 8601.
    public static let timestamp = DatasetField("timestamp", type: .time)

    /// Names that no field may have.
    public static let reservedNames: Set<String> = ["timestamp", "summary"]

    /// How long a name may be, in bytes.
    public static let maximumNameBytes = 128
    /// How long a description may be, in bytes.
    public static let maximumDescriptionBytes = 512
}
