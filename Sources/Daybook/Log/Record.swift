/// What a stream holds. Null and empty differ, for the key, the value and each header's value.
public struct Record: Hashable, Sendable {
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: RecordHeaders

    public init(key: [UInt8]? = nil, value: [UInt8]? = nil, headers: RecordHeaders = RecordHeaders()) {
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// The size that counts against ``EventLog/maximumRecordBytes``.
    public var byteCount: Int { (key?.count ?? 0) + (value?.count ?? 0) + headers.packed.count }
}

/// A record and the partition it is meant for.
public struct NewRecord: Hashable, Sendable {
    public var partition: StreamPartition
    public var record: Record

    public init(_ partition: StreamPartition, _ record: Record) {
        self.partition = partition
        self.record = record
    }
}

/// A record as the log holds it. Its partition is that of the batch it came in.
public struct StoredRecord: Hashable, Sendable {
    public var offset: Int64
    /// When the log took it: never falling within a partition.
    public var time: Timestamp
    public var record: Record

    public init(offset: Int64, time: Timestamp, record: Record) {
        self.offset = offset
        self.time = time
        self.record = record
    }
}
