import Daybook
import Glibc
public import Logging

extension SQLiteLog {
    /// How a log is to work. The defaults serve a server on one machine.
    public struct Configuration: Sendable {
        /// The largest record that is taken, in bytes: 1 MiB of payload and 256 KiB for key and headers.
        public var maximumRecordBytes = (1 << 20) + (256 << 10)
        /// The largest the database file may grow, in bytes; nil for no limit. Appends past it fail with ``LogError/full(_:)``
        /// until retention or trimming makes space. The write-ahead log beside it comes on top (bounded, 64 MiB).
        public var maximumTotalBytes: Int64?
        /// How much of what was appended last is kept in memory, in bytes, for readers that keep up.
        public var hotTailBytes = 32 << 20
        /// How much of what was asked for by position is kept in memory, in bytes.
        public var askedForBytes = 16 << 20
        /// How much may wait to be written, in bytes: what comes on top is refused with ``LogError/unavailable(_:)``.
        public var maximumWaitingBytes = 256 << 20
        /// How long compaction leaves a tombstone for readers to see, by log time.
        public var tombstoneRetention = StreamSpecification.minimumTombstoneRetention
        /// How many reads of the database run at a time.
        public var readers = 4
        public var logger = Logger(label: "daybook.sqlite")

        /// The clock that log times are taken from. For tests.
        var now: @Sendable () -> Timestamp = { .now() }
        /// How long a transaction may stay open.
        var transactionTimeout: Duration = .seconds(10)
        /// For the test that shows that power cuts are survived for a reason.
        var synchronous = Synchronous.full

        /// How long the write-ahead log is, in pages, when it is folded into the database beside the writer, and when the writer waits
        /// for that: 4 MiB and 64 MiB with SQLite's usual pages.
        var writeAheadPages = 1024...16_384

        enum Synchronous: String { case off = "OFF", normal = "NORMAL", full = "FULL" }

        public init() {}
    }
}

extension Timestamp {
    /// The system's clock.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
