/// What the topic catalogue says of a topic, or of all topics of a pattern.
public struct TopicEntry: Hashable, Sendable {
    /// The topics it is about. Of several entries whose patterns match a topic the most specific one counts.
    public var pattern: TopicPattern
    /// For people.
    public var description: String
    /// The members of summaries; nil: nothing is said of them.
    public var summary: [SummaryMember]?
    /// Whether summaries are held against ``summary``.
    public var check: TopicCheck
    /// Of datasets: the members of the payload besides `timestamp`, in order. Events of kind `dataset` have exactly these,
    /// whatever ``check`` is. Nil: the topic has no datasets, or their payload is free.
    public var fields: [DatasetField]?

    public init(
        _ pattern: TopicPattern, description: String = "", summary: [SummaryMember]? = nil, check: TopicCheck = .off,
        fields: [DatasetField]? = nil
    ) {
        self.pattern = pattern
        self.description = description
        self.summary = summary
        self.check = check
        self.fields = fields
    }

    /// How many members a summary, and fields a dataset, may have.
    public static let maximumMembers = 256
    /// How long ``description`` may be, in bytes.
    public static let maximumDescriptionBytes = 4096

    /// Whether events are looked at because of it.
    var checksAnything: Bool { checksSummaries || fields != nil }
    var checksSummaries: Bool { check != .off && summary != nil }

    /// Checks the entry itself: names that are reserved, empty, too long or given twice, and what is checked against
    /// nothing.
    ///
    /// - Throws: ``InvalidTopicEntry`` with everything that is wrong, each problem under its member
    ///   (`fields.timestamp`).
    public func validate() throws(InvalidTopicEntry) {
        var problems: [FieldProblem] = []
        if description.utf8.count > Self.maximumDescriptionBytes {
            problems.append(.tooLong("description", description.utf8.count, Self.maximumDescriptionBytes))
        }
        if check != .off, summary == nil {
            problems.append(
                FieldProblem("check", "bad_value", "\(check.rawValue) needs a summary to hold summaries against"))
        }
        Self.check("summary", summary?.map { ($0.name, $0.description) } ?? [], &problems)
        Self.check("fields", fields?.map { ($0.name, $0.description) } ?? [], &problems)
        for field in fields ?? [] where DatasetField.reservedNames.contains(field.name) {
            problems.append(
                FieldProblem(
                    "fields.\(field.name)", "reserved",
                    "the name \(field.name) is reserved (every dataset has a timestamp, before its fields): use another"
                ))
        }
        if !problems.isEmpty { throw InvalidTopicEntry(problems) }
    }

    private static func check(
        _ list: String, _ members: [(name: String, description: String)], _ problems: inout [FieldProblem]
    ) {
        if members.count > maximumMembers {
            problems.append(FieldProblem(list, "too_many", "\(members.count); \(maximumMembers) at most"))
            return
        }
        var seen: Set<String> = []
        for (name, description) in members {
            let place = "\(list).\(name)"
            if name.isEmpty { problems.append(FieldProblem(list, "bad_value", "a name cannot be empty")) }
            if name.utf8.count > DatasetField.maximumNameBytes {
                problems.append(.tooLong(place, name.utf8.count, DatasetField.maximumNameBytes))
            }
            if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                problems.append(FieldProblem(place, "bad_value", "a name has no control characters"))
            }
            if description.utf8.count > DatasetField.maximumDescriptionBytes {
                problems.append(.tooLong(place, description.utf8.count, DatasetField.maximumDescriptionBytes))
            }
            if !seen.insert(name).inserted { problems.append(FieldProblem(place, "duplicate", "is given twice")) }
        }
    }
}

extension FieldProblem {
    fileprivate static func tooLong(_ field: String, _ count: Int, _ maximum: Int) -> FieldProblem {
        FieldProblem(field, "too_long", "\(count) bytes; \(maximum) at most")
    }
}
