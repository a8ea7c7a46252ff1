import ArgumentParser
import Daybook

/// Finds, for each record of a published workload in memory, which of many filters its event meets: by its headers, as
/// a reader gets them.
struct MatchFilters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "match-filters", shouldDisplay: false)

    @Option var records: Int
    /// Filters that match none of the events, each on something else.
    @Option var filters: Int
    /// Tries one filter on each record instead.
    @Option var filter: String?

    func run() async throws {
        var workload = Workload()
        let records = workload.events(records).enumerated().map { at, event in
            StoredRecord(
                offset: Int64(at), time: workload.time(ofRecord: at),
                record: RecordEncoder.encode(created: event, actor: nil))
        }
        var index = FilterIndex<Int>()
        for number in 0..<filters { index.insert(try Filter(Self.absent(number)), for: number) }
        let single = try filter.map { try Filter($0) }
        try await Rounds.serve { watch in
            watch.start()
            var found = 0
            if let single {
                for at in records.indices where try single.matches(records[at]) { found += 1 }
            } else {
                // By index: a copy of each record would be measured, too.
                for at in records.indices { found += try index.matches(records[at]).count }
                guard found == 0 else { throw BenchError("\(found) matches where there are none") }
            }
            return Rounds.Outcome(operations: records.count)
        }
    }

    /// About another topic, another entity, another project or another sender.
    static func absent(_ number: Int) -> String {
        switch number % 4 {
        case 0: "topic = absent.topic\(number).* and status = failed"
        case 1: "entityType = scenario and entityId = absent-\(number) and operation = update"
        case 2: "project = absent_\(number) and topic = *.published"
        default: "sender in (absent-\(number)-a, absent-\(number)-b)"
        }
    }
}
