/// One thing a log backend may or may not be able to do.
public enum LogFeature: String, Sendable, Hashable, CaseIterable {
    /// ``EventLog/transactionalWriter(id:)``: all or nothing, invisible until committed, fenced by id.
    case transactions
    /// ``EventLog/join(group:streams:options:)``: partitions shared among members.
    case consumerGroups
    /// ``EventLog/offset(in:at:)``, and log times that the log itself gives.
    case seekByTime
    /// Old records go by the stream's retention.
    case retention
    /// Compacted streams keep the last record of each key.
    case compaction
    /// ``EventLog/trim(_:before:)``.
    case trimming
    /// Acknowledged records survive the end of the process.
    case durable
}

/// One partition of a stream.
public struct StreamPartition: Hashable, Sendable, Comparable, LosslessStringConvertible {
    public var stream: String
    public var partition: Int32

    public init(_ stream: String, _ partition: Int32) {
        self.stream = stream
        self.partition = partition
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.stream, a.partition) < (b.stream, b.partition)
    }

    public var description: String { "\(stream):\(partition)" }

    /// Reads `stream:partition`; nil when it is not of that form.
    public init?(_ text: String) {
        // Of bytes, as every request and verdict of the arbiter has one.
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let partition = Int32(Substring(parts[1])), partition >= 0 else {
            return nil
        }
        self.init(String(Substring(parts[0])), partition)
    }
}

/// The readable offsets of a partition: `low ..< end`.
public struct Watermarks: Hashable, Sendable {
    /// The first offset that may still hold a record.
    public var low: Int64
    /// The offset that follows the last one a reader may see now; open transactions hold it back.
    public var end: Int64

    public init(low: Int64, end: Int64) {
        self.low = low
        self.end = end
    }
}

/// What a stream is to be, or is.
public struct StreamSpecification: Hashable, Sendable {
    public enum Cleanup: Hashable, Sendable {
        /// Records go when they are older than `retention` by log time; nil keeps them for ever.
        case delete(retention: Duration?)
        /// Of records with an equal key the last one stays; a null value ends its key, and stays for
        /// ``minimumTombstoneRetention`` or longer. A record without a key (which is not the empty key) is refused.
        case compact
    }

    /// How long who reads a compacted stream from a known position on may take, and be sure to be told what has ended.
    public static let minimumTombstoneRetention = Duration.seconds(24 * 3600)

    public var name: String
    public var partitions: Int32
    public var cleanup: Cleanup

    public init(name: String, partitions: Int32, cleanup: Cleanup = .delete(retention: nil)) {
        self.name = name
        self.partitions = partitions
        self.cleanup = cleanup
    }

    /// Every partition, in order.
    public var allPartitions: [StreamPartition] {
        (0..<partitions).map { StreamPartition(name, $0) }
    }
}

/// Where an appended record lies, and the log time it got.
public struct Appended: Hashable, Sendable {
    public var position: Position
    public var time: Timestamp

    public init(position: Position, time: Timestamp) {
        self.position = position
        self.time = time
    }
}

/// Counts since the log was opened.
public struct LogStatistics: Sendable, Equatable {
    public var appendedRecords = 0
    public var appendedBytes = 0
    public var failedAppends = 0
    public var readRecords = 0
    public var readBytes = 0
    /// Durable commits (embedded: synced transactions; Kafka: acknowledged produce calls).
    public var commits = 0

    public init() {}
}

/// How a member takes part in a group.
public struct GroupOptions: Sendable, Hashable {
    /// Where a partition without a committed position is read from.
    public enum Start: Sendable, Hashable {
        /// From the low watermark.
        case earliest
        /// From the end there was when the partition was first assigned to a member of the group. That position is
        /// committed with the assignment, so that the group skips nothing later when the member leaves without a
        /// commit.
        case latest
    }

    public var start: Start
    /// A member whose process shows no sign of life for so long loses its partitions; one whose process lives and that
    /// does not ask for its next event loses them after ten times as long.
    public var sessionTimeout: Duration

    public init(start: Start = .earliest, sessionTimeout: Duration = .seconds(6)) {
        self.start = start
        self.sessionTimeout = sessionTimeout
    }
}
