/// One member of the summaries of a topic.
public struct SummaryMember: Hashable, Sendable {
    public var name: String
    /// For people.
    public var description: String
    /// What its values are; nil: any JSON. Null is always taken.
    public var type: DatasetFieldType?
    /// Whether summaries may leave it out.
    public var isOptional: Bool

    public init(_ name: String, description: String = "", type: DatasetFieldType? = nil, isOptional: Bool = false) {
        self.name = name
        self.description = description
        self.type = type
        self.isOptional = isOptional
    }
}
