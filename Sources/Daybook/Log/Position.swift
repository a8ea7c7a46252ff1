/// Where a record lies: stream, partition and offset. Printed and parsed as `stream:partition:offset`.
public struct Position: Hashable, Sendable {
    public var partition: StreamPartition
    public var offset: Int64

    public init(_ partition: StreamPartition, _ offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    public var stream: String { partition.stream }

    /// Which of two positions of one partition comes first; nil when they are of different partitions, which have no
    /// order.
    public func isBefore(_ other: Position) -> Bool? {
        partition == other.partition ? offset < other.offset : nil
    }
}

extension Position: LosslessStringConvertible {
    public var description: String { "\(partition.stream):\(partition.partition):\(offset)" }

    /// Reads `stream:partition:offset`; nil when it is not of that form, or when no offset could follow.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty,
            let partition = Int32(Substring(parts[1])), partition >= 0,
            let offset = Int64(Substring(parts[2])), (0..<Int64.max).contains(offset)
        else { return nil }
        self.init(StreamPartition(String(Substring(parts[0])), partition), offset)
    }
}
