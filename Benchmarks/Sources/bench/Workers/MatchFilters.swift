import ArgumentParser
import Daybook

/// Finds, for each record of a published workload in memory, which of many filters its event meets: by its headers, as
/// a reader gets them, a batch that has just been read, over and over.
struct MatchFilters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "match-filters", shouldDisplay: false)

    private static let batch = 1000

    @Option var records: Int
    /// Filters that match none of the events, each on something else.
    @Option var filters: Int
    /// Tries one filter on each record instead.
    @Option var filter: String?

    func run() async throws {
        var workload = Workload()
        let batch = workload.events(Self.batch).enumerated().map { at, event in
            StoredRecord(
                offset: Int64(at), time: workload.time(ofRecord: at),
                record: RecordEncoder.encode(created: event, actor: nil))
        }
        var index = FilterIndex<Int>()
        for number in 0..<filters { index.insert(try Filter(Self.absent(number)), for: number) }
        var search = FilterSearch(index)
        let single = try filter.map { try Filter($0) }
        try await Rounds.serve { watch in
            watch.start()
            let batches = records / Self.batch
            for _ in 0..<batches {
                if let single {
                    _ = try Self.matches(of: single, batch)
                } else if case let found = try Self.matches(of: &search, batch), found > 0 {
                    throw BenchError("\(found) matches where there are none")
                }
            }
            return Rounds.Outcome(operations: batches * Self.batch)
        }
    }

    private static func matches(of filter: Filter, _ batch: [StoredRecord]) throws -> Int {
        try batch.count { try filter.matches($0) }
    }

    private static func matches(of search: inout FilterSearch<Int>, _ batch: [StoredRecord]) throws -> Int {
        try batch.reduce(0) { try $0 + search.matches($1).count }
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
