/// Which events a callback is for. What is nil, or empty, matches all.
public struct EventMatch: Hashable, Sendable {
    /// What an attribute name matches.
    public enum AttributeRule: Hashable, Sendable {
        /// Updates of this attribute only.
        case strict
        /// All but updates of another attribute: as Taipy's notifier has it.
        case lax
    }

    /// One of the seven types that ``EntityRules`` knows matches in every usual spelling (`datanode`, `data_node`, …);
    /// others match as they are written.
    public var entityType: String?
    public var entityId: String?
    public var operation: EntityOperation?
    public var attributeName: String?
    public var attributeRule: AttributeRule
    /// Configuration ids: the event's ``configKey`` in its metadata is equal to one of them.
    public var configs: [String]
    public var configKey: String
    public var filter: Filter?
    /// Which records: an event that tells of a creation is not told of again when its own status changes.
    public var on: Set<RecordOperation>

    public init(
        entityType: String? = nil, entityId: String? = nil, operation: EntityOperation? = nil,
        attributeName: String? = nil, attributeRule: AttributeRule = .strict, configs: [String] = [],
        configKey: String = "config_id", filter: Filter? = nil, on: Set<RecordOperation> = [.created]
    ) {
        self.entityType = entityType
        self.entityId = entityId
        self.operation = operation
        self.attributeName = attributeName
        self.attributeRule = attributeRule
        self.configs = configs
        self.configKey = configKey
        self.filter = filter
        self.on = on
    }

    /// Every event, as it is created.
    public static let everything = EventMatch()

    /// The same as a filter; nil for every event.
    ///
    /// - Throws: ``EntityRules/Violation`` when no event can match: only scenarios, sequences and tasks are submitted, and
    ///   only updates have an attribute name; ``InvalidFilter``.
    public func combinedFilter() throws -> Filter? {
        let change = EntityChange(
            type: entityType, operation: operation, attributeName: attributeRule == .strict ? attributeName : nil)
        if let violation = EntityRules.violation(in: change) { throw violation }
        var parts: [Filter] = []
        func add(_ field: EventField, _ values: [String]) throws(InvalidFilter) {
            parts.append(Filter(try FilterCondition(.field(field), .in, values.map { .text($0) })))
        }
        if let entityType { try add(.entityType, Self.spellings(of: entityType)) }
        if let entityId { try add(.entityId, [entityId]) }
        if let operation { try add(.operation, [operation.rawValue]) }
        if let attributeName {
            let isIt = Filter(try FilterCondition(.field(.attributeName), .eq, [.text(attributeName)]))
            switch attributeRule {
            case .strict: parts.append(isIt)
            case .lax: parts.append(Filter(.or, [isIt, Filter(try FilterCondition(.field(.attributeName), .isnull))]))
            }
        }
        if !configs.isEmpty {
            parts.append(
                Filter(try FilterCondition(.metadata, path: [configKey], .in, configs.map { .text($0) })))
        }
        if let filter { parts.append(filter) }
        return parts.isEmpty ? nil : Filter(.and, parts)
    }

    /// The ways in which one of the ruled types is written; any other type as it is.
    private static func spellings(of type: String) -> [String] {
        let plain = type.lowercased().filter { $0 != "_" && $0 != "-" }
        guard EntityRules.ruledTypes.contains(plain) else { return [type] }
        let words = plain == "datanode" ? ["data", "node"] : [plain]
        let capitals = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let all = [
            plain, words.joined(separator: "_"), words.joined(separator: "-"), capitals.joined(),
            words[0] + capitals.dropFirst().joined(), plain.uppercased(), words.joined(separator: "_").uppercased(),
            type,
        ]
        return Set(all).sorted()
    }
}
