/// Maps the topics of a pattern to a stream. Rules are tried in order; the first match counts.
public struct StreamRule: Hashable, Sendable {
    public var pattern: TopicPattern
    /// The stream's name without the prefix: letters, digits, `.`, `_` and `-`.
    public var stream: String
    /// Nil: as many as new streams get.
    public var partitions: Int32?
    /// How long its records are kept, by log time; nil for ever.
    public var retention: Duration?
    /// How long a hash of these topics stays taken, by log time, in whole seconds; nil for ever.
    public var hashWindow: Duration?

    public init(
        pattern: TopicPattern, stream: String, partitions: Int32? = nil, retention: Duration? = nil,
        hashWindow: Duration? = nil
    ) {
        self.pattern = pattern
        self.stream = stream
        self.partitions = partitions
        self.retention = retention
        self.hashWindow = hashWindow
    }

    /// Whether a name can be part of a stream's name on every backend (Kafka's rule for topic names).
    public static func isValidName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && name != "." && name != ".."
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// How a server wants topics mapped to streams.
public struct StreamLayout: Hashable, Sendable {
    /// What all stream names start with.
    public var prefix: String
    /// Tried in order before the default rule (a stream for each first segment of topics).
    public var rules: [StreamRule]
    /// Partitions of streams that no rule gives a count.
    public var partitions: Int32
    /// How many streams the default rule may make; further families share `<prefix>.other`.
    public var maximumFamilies: Int

    public init(prefix: String = "daybook", rules: [StreamRule] = [], partitions: Int32 = 8, maximumFamilies: Int = 64)
    {
        self.prefix = prefix
        self.rules = rules
        self.partitions = partitions
        self.maximumFamilies = maximumFamilies
    }

    /// What every server agrees on: compacted, one partition, so that all read it in one order.
    public var catalog: StreamSpecification {
        StreamSpecification(name: "\(prefix).catalog", partitions: 1, cleanup: .compact)
    }

    /// Fire-and-forget events and progress, kept for an hour.
    public var signals: StreamSpecification {
        StreamSpecification(name: "\(prefix).signals", partitions: 4, cleanup: .delete(retention: .seconds(3600)))
    }

    /// How many partitions the arbiter's streams have. They share a number, so that what is known of an inbox
    /// partition's hashes is one partition of ``dedup``.
    public static let arbiterPartitions: Int32 = 8

    /// Requests to the arbiter, keyed by the hash's digest.
    public var inbox: StreamSpecification {
        StreamSpecification(
            name: "\(prefix).inbox", partitions: Self.arbiterPartitions,
            cleanup: .delete(retention: .seconds(7 * 24 * 3600)))
    }

    /// What the arbiter remembers of each hash.
    public var dedup: StreamSpecification {
        StreamSpecification(name: "\(prefix).dedup", partitions: Self.arbiterPartitions, cleanup: .compact)
    }

    /// The arbiter's answers.
    public var verdicts: StreamSpecification {
        StreamSpecification(name: "\(prefix).verdicts", partitions: 4, cleanup: .delete(retention: .seconds(3600)))
    }

    /// Deliveries that are to be tried later, until each is settled.
    public var retries: StreamSpecification {
        StreamSpecification(name: "\(prefix).retries", partitions: 4, cleanup: .compact)
    }

    /// Deliveries that were given up, until somebody redrives or drops them.
    public var deadLetters: StreamSpecification {
        StreamSpecification(name: "\(prefix).dead-letters", partitions: 4, cleanup: .compact)
    }

    /// What was sent to webhooks, and what they answered, kept for a week.
    public var deliveries: StreamSpecification {
        StreamSpecification(
            name: "\(prefix).deliveries", partitions: 4, cleanup: .delete(retention: .seconds(7 * 24 * 3600)))
    }

    /// The partition of ``inbox`` and ``dedup`` that a hash belongs to: that of its digest as the key.
    public static func arbiterPartition(of digest: HashDigest) -> Int32 {
        Partitioner.partition(of: digest.bytes, partitions: arbiterPartitions)
    }

    /// How long a topic's hashes stay taken; nil for ever.
    public func hashWindow(ofTopic topic: String) -> Duration? {
        rules.first { $0.pattern.matches(topic) }?.hashWindow
    }

    /// Names under the prefix that are no event families.
    public static let reservedNames: Set<String> = [
        "catalog", "signals", "inbox", "dedup", "verdicts", "retries", "dead-letters", "deliveries",
    ]
}
