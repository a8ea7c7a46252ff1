import Daybook
import DaybookIndex
import NIOCore
import Synchronization

/// A record on its way to subscribers. It is decoded once, and written once in each shape, when somebody first wants it.
final class LiveMessage: Sendable {
    /// Its place among all messages of this server; 0 when it was read from the log for one subscriber.
    let sequence: Int
    let position: Position
    let stored: StoredRecord
    /// Whether it comes from the signals stream: nothing of it is in history.
    let isSignal: Bool
    private let token: LiveToken
    private let index: EventIndex
    private let contents = Mutex(Contents())

    private struct Contents {
        /// Nil before it was looked at; then nil for what is no record of an event, or is not to be told.
        var record: EventRecord??
        var shapes: [ByteBuffer??] = Array(repeating: nil, count: LiveShape.allCases.count)
    }

    init(
        sequence: Int, partition: StreamPartition, stored: StoredRecord, isSignal: Bool, token: LiveToken,
        index: EventIndex
    ) {
        self.sequence = sequence
        position = Position(partition, stored.offset)
        self.stored = stored
        self.isSignal = isSignal
        self.token = token
        self.index = index
    }

    /// Nil when there is nothing to tell.
    var record: EventRecord? { contents.withLock { record(&$0) } }

    /// Nil when the shape does not tell of it.
    func bytes(in shape: LiveShape) -> ByteBuffer? {
        contents.withLock { contents in
            if let made = contents.shapes[shape.rawValue] { return made }
            let made: ByteBuffer? = record(&contents).flatMap { record in
                let message = LiveText(
                    record: record, position: position, time: stored.time, isSignal: isSignal, index: index)
                switch shape {
                case .ayon: return message.frame(token: nil)
                case .resumable: return message.frame(token: token.text(behind: position.offset))
                case .eventStream: return message.event(token: token.text(behind: position.offset))
                }
            }
            contents.shapes[shape.rawValue] = .some(made)
            return made
        }
    }

    private func record(_ contents: inout Contents) -> EventRecord? {
        if let record = contents.record { return record }
        var record = try? RecordDecoder.decode(stored.record)
        if let known = record, isStale(known) { record = nil }
        contents.record = .some(record)
        return record
    }

    /// A tick of progress counts only while the record that its writer took for the event's last one is that.
    private func isStale(_ record: EventRecord) -> Bool {
        guard isSignal, record.operation == .changed, let basis = record.basis else { return false }
        return index.withEvent(record.event.id) { basis.isBefore($0.last) ?? false } ?? false
    }
}
