public import Logging
import LosslessJSON
import Synchronization

/// What is known of topics: the entries that Daybook comes with, those of the configuration, and those that were defined
/// while servers ran, which are in the catalog stream, so that every server has them.
///
/// Where several have the same pattern, the catalog's counts over the configuration's, and that over Daybook's own. It is
/// all in memory; ``StreamCatalog`` keeps it up to date.
public final class TopicCatalog: Sendable {
    /// Where an entry comes from.
    public enum Origin: String, Hashable, Sendable, CaseIterable {
        case builtIn
        case configuration
        case catalog
    }

    /// An entry, and where it comes from.
    public struct Listing: Hashable, Sendable {
        public var entry: TopicEntry
        public var origin: Origin

        public init(_ entry: TopicEntry, _ origin: Origin) {
            self.entry = entry
            self.origin = origin
        }
    }

    /// What the checks found since the start.
    public struct Statistics: Hashable, Sendable {
        /// Events and changes that were stored although their summary is not as it should be.
        public var warned = 0
        /// Events and changes that were refused, datasets included.
        public var rejected = 0
    }

    private struct State {
        var table: TopicTable
        var statistics = Statistics()
        /// How many of the warnings were about each pattern.
        var warnings: [String: Int] = [:]
        /// Entries of the catalog that could not be read, by pattern, so that each is told of once.
        var unreadable: [String: Int64] = [:]
    }

    private let fixed: [Listing]
    private let logger: Logger
    private let state: Mutex<State>
    /// The table's `checksAnything`: what publishing looks at when there is nothing to check.
    private let checksAnything: Atomic<Bool>

    /// - Parameter configured: of two for one pattern the last one counts.
    public init(configured: [TopicEntry] = [], logger: Logger = Logger(label: "daybook.topics")) {
        fixed = BuiltInTopics.all.map { Listing($0, .builtIn) } + configured.map { Listing($0, .configuration) }
        let table = Self.table(of: fixed)
        state = Mutex(State(table: table))
        checksAnything = Atomic(table.checksAnything)
        self.logger = logger
    }

    /// All entries, the most specific first.
    public var listings: [Listing] { state.withLock { $0.table.listings } }

    /// The entry that counts for a topic: of those that match the most specific one.
    public func listing(of topic: String) -> Listing? {
        // The table has a lock of its own: a topic that was never looked up goes through all patterns.
        state.withLock { $0.table }.listing(of: topic)
    }

    /// The entry with exactly this pattern.
    public func listing(withPattern pattern: TopicPattern) -> Listing? {
        state.withLock { $0.table }.listings.first { $0.entry.pattern == pattern }
    }

    /// The fields of a topic's datasets, if it has any: what tables and CSV files go by.
    public func fields(of topic: String) -> [DatasetField]? { listing(of: topic)?.entry.fields }

    public var statistics: Statistics { state.withLock { $0.statistics } }

    // MARK: - For the catalog and the publisher

    /// What a batch is checked against; nil when there is nothing to check, which costs next to nothing.
    var checks: TopicTable? {
        guard checksAnything.load(ordering: .relaxed) else { return nil }
        return state.withLock { $0.table }
    }

    /// Takes the catalog's entries in the place of those it had before.
    func set(_ items: [CatalogItem]) {
        var read: [Listing] = []
        state.withLock { state in
            for item in items {
                do {
                    read.append(Listing(try Self.entry(item), .catalog))
                } catch {
                    guard state.unreadable.updateValue(item.version, forKey: item.name) != item.version else {
                        continue
                    }
                    logger.warning(
                        "an entry of the topic catalogue cannot be read and is left out: a later version may have written it",
                        metadata: ["topic": "\(item.name)", "reason": "\(error)"])
                }
            }
            state.table = Self.table(of: fixed + read)
            checksAnything.store(state.table.checksAnything, ordering: .relaxed)
        }
    }

    /// Counts, and tells of warnings: of each pattern's the first, the second, the fourth and so on, so that a publisher
    /// that does not care fills no log.
    func count(_ warnings: [TopicWarning], rejected: Int) {
        guard !warnings.isEmpty || rejected > 0 else { return }
        state.withLock { state in
            state.statistics.rejected += rejected
            state.statistics.warned += warnings.count
            for warning in warnings {
                // Patterns are the operator's, so this is bounded by what there ever was of them.
                let count = state.warnings[warning.pattern, default: 0] + 1
                state.warnings[warning.pattern] = count
                guard count & (count - 1) == 0 else { continue }
                logger.warning(
                    "an event's summary is not what the topic catalogue says",
                    metadata: [
                        "topic": "\(warning.topic)", "problems": "\(InvalidEvent(warning.problems))",
                        "count": "\(count)",
                    ])
            }
        }
    }

    private static func entry(_ item: CatalogItem) throws(InvalidTopicEntry) -> TopicEntry {
        guard let pattern = TopicPattern(item.name), let members = item.value.members else {
            throw InvalidTopicEntry([FieldProblem("topic", "bad_value", "is no topic pattern")])
        }
        return try TopicEntry(pattern, members)
    }

    private static func table(of listings: [Listing]) -> TopicTable {
        var byPattern: [TopicPattern: Listing] = [:]
        for listing in listings { byPattern[listing.entry.pattern] = listing }
        return TopicTable(Array(byPattern.values))
    }
}
