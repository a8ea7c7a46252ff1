import Daybook
import DaybookIndex
import DaybookTesting

/// What an index holds after a script has run: all but positions and log times, which no two logs have in common.
struct Projection: Equatable {
    /// The index's canonical dump: a line for each event.
    private let dump: String
    /// The payload of each event, which the index leaves in the log.
    private let payloads: [EventID: [UInt8]?]
    /// How the fold came to it: also what it ignored and what it refused.
    private let counters: FoldCounters

    var events: Int { dump.count { $0 == "\n" } }

    /// Runs the script on a log and makes an index of what is there then.
    init(of script: RandomScript, on log: any EventLog, _ layout: StreamLayout) async throws {
        try await script.run(on: StreamCatalog.open(log: log, layout: layout))
        // As another server would: what the first one knows without having read it does not count.
        let projector = Projector(catalog: try await StreamCatalog.open(log: log, layout: layout))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await projector.run() }
            try await projector.caughtUp()
            tasks.cancelAll()
        }
        dump = try await projector.index.dump(DumpOptions(includesPositions: false))
        payloads = try await Self.payloads(of: projector.index, in: log)
        var counters = projector.index.statistics.fold
        // They come by a stream of their own, which nobody waited for.
        counters.signals = 0
        self.counters = counters
    }

    private static func payloads(of index: EventIndex, in log: any EventLog) async throws -> [EventID: [UInt8]?] {
        var payloads: [EventID: [UInt8]?] = [:]
        var query = EventQuery()
        query.limit = 1000
        repeat {
            let page = try await index.query(query)
            let events = page.events.filter { $0.payload != nil }
            let records = try await log.records(at: events.compactMap { $0.payload?.position })
            for (event, record) in zip(events, records) {
                payloads.updateValue(record?.record.value, forKey: event.event.id)
            }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return payloads
    }

    /// Some of what only one of the two has; nil when they are equal.
    func difference(from other: Projection) -> String? {
        if self == other { return nil }
        let lines = [self, other].map { Set($0.dump.split(separator: "\n")) }
        let differing = lines[0].symmetricDifference(lines[1])
        let payloads = Set(payloads.keys).union(other.payloads.keys).filter { self.payloads[$0] != other.payloads[$0] }
        return """
            \(differing.count) lines of the dumps differ, such as: \(differing.sorted().prefix(4).joined(separator: "\n"))
            \(payloads.count) payloads differ, such as those of: \(payloads.sorted().prefix(4))
            \(counters)
            \(other.counters)
            """
    }
}
