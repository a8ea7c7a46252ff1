import Daybook
import KafkaClient

/// What is still to be found in each partition, in rounds: a round ends when each partition has answered once.
struct RecordSearch {
    private(set) var found: [Position: StoredRecord] = [:]
    /// The offsets wanted of each partition, the lowest last.
    private var wanted: [TopicPartition: [Int64]] = [:]
    /// Those that have not answered in this round.
    private var silent: Set<TopicPartition> = []

    init(_ positions: [Position]) {
        for position in Set(positions) {
            wanted[TopicPartition(position.partition), default: []].append(position.offset)
        }
        for partition in wanted.keys { wanted[partition]?.sort(by: >) }
    }

    var isDone: Bool { wanted.isEmpty }
    var isRoundDone: Bool { silent.isEmpty }

    /// Begins a round: where to read each partition from.
    mutating func begin() -> [TopicPartitionOffset] {
        silent = Set(wanted.keys)
        return wanted.compactMap { partition, offsets in offsets.last.map { TopicPartitionOffset(partition, $0) } }
    }

    mutating func saw(_ message: IncomingMessage) {
        let partition = TopicPartition(message.topic, message.partition)
        forget(partition) { $0 < message.offset }
        if wanted[partition]?.last == message.offset {
            found[Position(StreamPartition(partition), message.offset)] = StoredRecord(message)
            forget(partition) { $0 == message.offset }
        }
        silent.remove(partition)
    }

    mutating func moved(_ progress: PartitionProgress) {
        forget(progress.topicPartition) { $0 < progress.position || progress.isAtEnd }
        silent.remove(progress.topicPartition)
    }

    /// Nothing outside of these offsets can be found.
    mutating func limit(_ partition: TopicPartition, to offsets: Range<Int64>) {
        forget(partition) { $0 < offsets.lowerBound }
        wanted[partition]?.removeAll { !offsets.contains($0) }
        if wanted[partition]?.isEmpty == true { wanted[partition] = nil }
        silent.remove(partition)
    }

    private mutating func forget(_ partition: TopicPartition, while condition: (Int64) -> Bool) {
        while let offset = wanted[partition]?.last, condition(offset) { wanted[partition]?.removeLast() }
        if wanted[partition]?.isEmpty == true { wanted[partition] = nil }
    }
}
