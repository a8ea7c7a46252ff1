public import Daybook
import KafkaClient

extension KafkaLog {
    /// What Kafka adds to a record, at most: lengths, offsets and the frame of its batch.
    static let recordOverhead = 4096

    public func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try await requirePartitions(partitions)
        return try await asking {
            let asked = partitions.map(TopicPartition.init)
            let lows = try await admin.offsets(of: asked, at: .beginning, limit: configuration.requestTimeout)
            let ends = try await admin.offsets(of: asked, at: .end, limit: configuration.requestTimeout)
            return Dictionary(
                partitions.map { partition in
                    let low = lows[TopicPartition(partition)] ?? 0
                    return (partition, Watermarks(low: low, end: max(low, ends[TopicPartition(partition)] ?? low)))
                }, uniquingKeysWith: { $1 })
        }
    }

    public func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try await requirePartitions([partition])
        return try await asking {
            let asked = TopicPartition(partition)
            // Kafka counts milliseconds: a record is as late as the time asked for from the next full one on.
            let (milliseconds, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1000)
            let query = OffsetQuery.time(milliseconds + (rest > 0 ? 1 : 0))
            let offsets = try await admin.offsets(of: [asked], at: query, limit: configuration.requestTimeout)
            guard let offset = offsets[asked] else { throw LogError.unknownPartition(partition) }
            return offset
        }
    }

    public func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        try await asking {
            let reader = try KafkaReader(self)
            children.add(reader)
            do {
                try await reader.add(starts)
                // The log may have been closed before the reader was among its children.
                try checkOpen()
            } catch {
                await reader.close()
                throw error
            }
            return reader
        }
    }

    public func records(at positions: [Position]) async throws -> [StoredRecord?] {
        guard !positions.isEmpty else { return [] }
        try await requirePartitions(positions.map(\.partition))
        return try await asking {
            let found = try await fetcher.records(at: positions)
            return positions.map { found[$0] }
        }
    }

    /// The error for a position that cannot be read.
    func outOfRange(_ position: Position) async throws -> LogError {
        let marks = try await watermarks(of: [position.partition])
        return .outOfRange(position: position, available: marks[position.partition] ?? Watermarks(low: 0, end: 0))
    }

    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        try await requirePartitions([partition])
        do {
            _ = try await asking {
                try await admin.deleteRecords(before: [TopicPartitionOffset(TopicPartition(partition), offset)])
            }
        } catch LogError.refused(let reason) {
            let error = try await outOfRange(Position(partition, offset))
            if case .outOfRange(_, let available) = error, offset > available.end { throw error }
            throw LogError.refused(reason)
        }
    }
}
