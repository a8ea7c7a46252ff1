import Daybook
import NIOCore

/// One that is told. Unchecked, because all of it belongs to the thread of its ``LiveLoop``.
final class LiveSubscriber: @unchecked Sendable {
    let selection: LiveSelection
    let shape: LiveShape
    /// How long it may hear nothing.
    let heartbeatInterval: TimeAmount
    let receiver: any LiveReceiver
    /// Messages up to this one are not for it, or it has had them.
    private var since = 0
    /// Partitions in which it is ahead of the index, and where it goes on there.
    private var ahead: [StreamPartition: Int64] = [:]
    /// Where it was when it joined, until the loop has delivered something later.
    private var joined: [StreamPartition: Int64] = [:]
    var isJoined = false
    var lastWrite: NIODeadline
    var isDirty = false

    init(
        _ selection: LiveSelection, _ shape: LiveShape, heartbeatInterval: Duration, to receiver: any LiveReceiver
    ) {
        self.selection = selection
        self.shape = shape
        self.heartbeatInterval = TimeAmount(heartbeatInterval)
        self.receiver = receiver
        lastWrite = .now()
    }

    func join(_ join: LiveFeed.Join) {
        isJoined = true
        since = join.sequence
        ahead = join.ahead
        joined = join.next
    }

    /// - Returns: whether it was told.
    func deliver(_ message: LiveMessage) -> Bool {
        if message.sequence <= since { return false }
        return hand(message)
    }

    /// The same for what came before it joined.
    func hand(_ message: LiveMessage) -> Bool {
        if let next = ahead[message.position.partition] {
            if message.position.offset < next { return false }
            ahead[message.position.partition] = nil
        }
        guard let bytes = message.bytes(in: shape) else { return false }
        receiver.write(bytes)
        return true
    }

    /// Where it is, when its loop has delivered everything up to a message.
    func token(_ delivered: (sequence: Int, next: [StreamPartition: Int64])) -> String {
        let next = delivered.sequence > since ? delivered.next : joined
        return PositionVector(next.merging(ahead) { max($0, $1) }).description
    }
}
