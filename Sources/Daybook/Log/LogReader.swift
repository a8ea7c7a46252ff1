/// Reads partitions in order, in batches. One task at a time may wait in ``next(maximum:)``.
public protocol LogReader: Sendable {
    /// The next records of one of the partitions; at the end of all of them it suspends and wakes as soon as a record
    /// arrives (no polling interval).
    ///
    /// Partitions take turns, so that none starves another. A batch may be empty: it then tells that the position moved
    /// over offsets that hold nothing to be read (see ``RecordBatch/nextOffset``). A batch that is empty and does not
    /// move the position never comes: whoever reads until the end would turn in circles. A cancelled read loses
    /// nothing: the next one goes on where it stopped.
    ///
    /// - Parameter maximum: the largest number of records wanted, at least 1.
    /// - Throws: ``LogError/outOfRange(position:available:)`` when retention or trimming overtook the position (records
    ///   fetched before that may still come first); `CancellationError`; ``LogError/closed``; a retriable ``LogError``
    ///   when the log cannot be reached for now (calling again goes on where it stopped).
    func next(maximum: Int) async throws -> RecordBatch

    /// Adds partitions to those that are read, from the given offsets. One that is read already moves to the offset.
    /// May be called while ``next(maximum:)`` waits, which then wakes for them, too.
    ///
    /// - Throws: ``LogError/outOfRange(position:available:)`` at once or from the next ``next(maximum:)``;
    ///   ``LogError/unknownPartition(_:)``; ``LogError/closed``.
    func add(_ starts: [StreamPartition: Int64]) async throws

    /// Frees everything; a waiting ``next(maximum:)`` throws ``LogError/closed``.
    func close() async
}

/// Consecutive records of one partition.
public struct RecordBatch: Sendable {
    public var partition: StreamPartition
    /// In offset order.
    public var records: [StoredRecord]
    /// Where reading goes on: after the last record, and after offsets behind it that hold nothing to be read.
    public var nextOffset: Int64
    /// The partition's readable end as far as known when the batch was read; `nextOffset == end` means caught up.
    public var end: Int64

    public init(partition: StreamPartition, records: [StoredRecord], nextOffset: Int64, end: Int64) {
        self.partition = partition
        self.records = records
        self.nextOffset = nextOffset
        self.end = end
    }
}
