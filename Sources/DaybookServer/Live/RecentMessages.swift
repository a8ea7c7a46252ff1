import Daybook
import NIOCore

/// The last messages, for those who were away for a moment or are just behind: bounded by number and by bytes.
struct RecentMessages {
    private static let maximumCount = 1024
    private static let maximumBytes = 1 << 20

    private var messages = CircularBuffer<LiveMessage>()
    private var bytes = 0
    /// From where on, in each partition, it holds everything.
    private(set) var floor: [StreamPartition: Int64] = [:]

    mutating func append(_ message: LiveMessage) {
        messages.append(message)
        bytes += message.stored.record.byteCount
        while messages.count > Self.maximumCount || bytes > Self.maximumBytes, let oldest = messages.popFirst() {
            bytes -= oldest.stored.record.byteCount
            raise(oldest.position.partition, to: oldest.position.offset + 1)
        }
    }

    /// Something of a partition is not held.
    mutating func raise(_ partition: StreamPartition, to offset: Int64) {
        floor[partition] = max(floor[partition] ?? 0, offset)
    }

    /// Begins anew: nothing before these offsets is held.
    mutating func reset(to next: [StreamPartition: Int64]) {
        messages.removeAll()
        bytes = 0
        floor = next
    }

    /// Everything that comes behind a vector, in order; nil when part of it is no longer held.
    func messages(behind vector: PositionVector) -> [LiveMessage]? {
        guard floor.allSatisfy({ (vector[$0.key] ?? 0) >= $0.value }) else { return nil }
        return messages.filter { $0.position.offset >= vector[$0.position.partition] ?? 0 }
    }
}
