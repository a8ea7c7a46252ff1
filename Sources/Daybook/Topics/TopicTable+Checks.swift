import LosslessJSON

/// An event that is stored although its summary is not as it should be.
struct TopicWarning {
    var topic: String
    /// The entry's.
    var pattern: String
    var problems: [FieldProblem]
}

extension TopicTable {
    /// Holds a new event against its topic's entry. A dataset's payload is brought into its form: `timestamp`, then the
    /// fields in order. Of the timestamp and `createdAt` the one that is missing becomes the other; without both they are
    /// the present time.
    ///
    /// - Returns: what is wrong and is only told.
    /// - Throws: everything that is wrong and refused.
    func check(_ event: inout Event) throws(InvalidEvent) -> TopicWarning? {
        guard let entry = listing(of: event.topic)?.entry, entry.checksAnything else { return nil }
        var refused: [FieldProblem] = []
        let warning = check(event.summary, entry, event.topic, &refused)
        if event.kind == .dataset, let fields = entry.fields {
            do throws(InvalidEvent) {
                let dataset = try DatasetPayload(event.payload, fields, createdAt: event.createdAt)
                event.payload = dataset.payload
                if event.createdAt == nil { event.createdAt = dataset.timestamp }
            } catch {
                refused += error.problems
            }
        }
        if !refused.isEmpty { throw InvalidEvent(refused) }
        return warning
    }

    /// Holds the new values that a change brings against the entry of its event's topic.
    func check(_ change: inout EventChange, of event: Event) throws(InvalidEvent) -> TopicWarning? {
        guard change.summary != nil || change.payload != nil, let entry = listing(of: event.topic)?.entry,
            entry.checksAnything
        else { return nil }
        var refused: [FieldProblem] = []
        let warning = change.summary.flatMap { check($0, entry, event.topic, &refused) }
        if event.kind == .dataset, let fields = entry.fields, let payload = change.payload {
            do throws(InvalidEvent) {
                change.payload = try DatasetPayload(payload, fields, createdAt: event.createdAt).payload
            } catch {
                refused += error.problems
            }
        }
        if !refused.isEmpty { throw InvalidEvent(refused) }
        return warning
    }

    private func check(
        _ summary: JSONText, _ entry: TopicEntry, _ topic: String, _ refused: inout [FieldProblem]
    ) -> TopicWarning? {
        // What is no object at all is refused elsewhere.
        guard entry.checksSummaries, let structure = entry.summary, let members = summary.members else { return nil }
        var check = MemberCheck("summary")
        for member in structure {
            check.member(member.name, members[member.name], type: member.type, isOptional: member.isOptional)
        }
        check.others(members, known: Set(structure.map(\.name)))
        guard !check.problems.isEmpty else { return nil }
        guard entry.check == .reject else {
            return TopicWarning(topic: topic, pattern: entry.pattern.text, problems: check.problems)
        }
        refused += check.problems
        return nil
    }
}
