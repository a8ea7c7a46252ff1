/// What happened in schedules: one in which nothing goes wrong shows nothing.
public struct SimulationSummary: Sendable, Equatable {
    public enum Count: String, CaseIterable, Sendable {
        case requests, done, repeats, duplicates, granted = "jobs granted", lost = "claims refused"
        case refusedReports = "reports refused", others = "other verdicts"
        case commits, aborts, unknownCommits = "commits of unknown outcome", refusals = "refusals by the log"
        case fences, rebalances, crashes, zombies = "zombies woken", retention, compactions, timeouts
        case snapshots = "snapshots restored"
        case lateDeliveries = "late deliveries", lostDeliveries = "lost deliveries"
    }

    private var counts = [Int](repeating: 0, count: Count.allCases.count)

    public init() {}

    public subscript(count: Count) -> Int {
        get { counts[Self.place(count)] }
        set { counts[Self.place(count)] = newValue }
    }

    private static func place(_ count: Count) -> Int { Count.allCases.firstIndex(of: count) ?? 0 }

    public static func += (a: inout Self, b: Self) {
        for at in a.counts.indices { a.counts[at] += b.counts[at] }
    }
}
