/// A batch of writes, held against the topic catalogue before it is written.
struct CheckedBatch<Write: RecordWrite> {
    /// In the form that the catalogue asks for.
    private(set) var writes: [Write]
    /// Why writes are not to be made, by their numbers.
    private(set) var refused: [Int: PublishError] = [:]
    private var warnings: [(at: Int, warning: TopicWarning)] = []

    init(_ writes: [Write]) {
        self.writes = writes
    }

    mutating func check(against table: TopicTable, _ limits: EventLimits) {
        for at in writes.indices {
            do throws(InvalidEvent) {
                if let warning = try writes[at].check(against: table, limits) { warnings.append((at, warning)) }
            } catch {
                refused[at] = .invalid(error)
            }
        }
    }

    /// Puts warnings into the outcomes of writes that were made, and counts.
    func tell(_ outcomes: inout [Result<Published, PublishError>], _ topics: TopicCatalog) {
        var told: [TopicWarning] = []
        for (at, warning) in warnings {
            guard case .success(var published) = outcomes[at] else { continue }
            published.warnings = warning.problems
            outcomes[at] = .success(published)
            told.append(warning)
        }
        topics.count(told, rejected: refused.count)
    }
}
