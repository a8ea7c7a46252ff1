import Daybook
import DaybookIndex
import NIOCore
import Prometheus
import Synchronization

/// Hands what the projector has applied to all subscribers of a server: the log is read once, and no message goes out
/// before its record is durable and the index shows it.
///
/// The projector only puts messages into the queues of the event loops; those do the rest.
final class LiveFeed: ProjectorObserver {
    /// What one needs to go on from where it is.
    struct Join {
        /// Messages after this one follow.
        var sequence: Int
        /// What lies between, in order.
        var backlog: [LiveMessage]
        /// Partitions in which the subscriber is ahead of the index.
        var ahead: [StreamPartition: Int64]
        /// Where the index is.
        var next: [StreamPartition: Int64]
    }

    private struct State {
        /// The next offset of each partition.
        var next: [StreamPartition: Int64] = [:]
        /// What lies before was in the log when the server started: nobody is waiting for it.
        var starts: [StreamPartition: Int64] = [:]
        var recent = RecentMessages()
        var sequence = 0
        var attendance = 0
        var loops: [ObjectIdentifier: LiveLoop] = [:]
    }

    /// Subscribers, and what was made for them.
    let subscribers = Gauge()
    let messages = Counter()
    /// Who has a feed has its node, too.
    private unowned let node: DaybookNode
    private let state = Mutex(State())

    init(_ node: DaybookNode) {
        self.node = node
    }

    // MARK: - The projector

    func begins(_ partition: StreamPartition, at offset: Int64, end: Int64) {
        state.withLock { state in
            // When the log is opened again, what was said of it stands: signals that are read again are not told again.
            guard state.next[partition] == nil else { return }
            state.next[partition] = offset
            state.starts[partition] = end
            state.recent.raise(partition, to: end)
        }
    }

    func restarted(_ partition: StreamPartition, at offset: Int64, end: Int64) {
        state.withLock { state in
            state.next[partition] = offset
            state.starts[partition] = end
            state.recent.reset(to: state.next)
            state.recent.raise(partition, to: end)
            for loop in state.loops.values { loop.post(.lost(partition)) }
        }
    }

    func applied(_ batch: RecordBatch) {
        guard let parts = try? node.parts() else { return }
        let isSignal = batch.partition.stream == parts.catalog.layout.signals.name
        state.withLock { state in
            let known = state.next[batch.partition] ?? 0
            let start = max(known, state.starts[batch.partition] ?? 0)
            state.next[batch.partition] = max(known, batch.nextOffset)
            guard state.attendance > 0 else { return }
            let token = LiveToken(others: state.next, partition: batch.partition)
            var made: [LiveMessage] = []
            for stored in batch.records where stored.offset >= start {
                state.sequence += 1
                let message = LiveMessage(
                    sequence: state.sequence, partition: batch.partition, stored: stored, isSignal: isSignal,
                    token: token, index: parts.index)
                made.append(message)
                state.recent.append(message)
            }
            guard !made.isEmpty else { return }
            messages.increment(by: made.count)
            for loop in state.loops.values { loop.post(.messages(made, next: state.next)) }
        }
    }

    // MARK: - Subscribers

    /// The loop that serves subscribers on an event loop.
    func loop(on eventLoop: any EventLoop) -> LiveLoop {
        state.withLock { state in
            if let loop = state.loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = LiveLoop(eventLoop, feed: self)
            state.loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }

    /// Somebody comes: from now on messages are made and kept.
    func enter() {
        subscribers.add(1)
        state.withLock { state in
            if state.attendance == 0 {
                state.recent.reset(to: state.next)
                for (partition, start) in state.starts { state.recent.raise(partition, to: start) }
            }
            state.attendance += 1
        }
    }

    func leave() {
        subscribers.add(-1)
        state.withLock { state in
            state.attendance -= 1
            if state.attendance == 0 { state.recent.reset(to: state.next) }
        }
    }

    /// Where one that has read as far as a vector goes on; nil when it has to read more of the log before.
    ///
    /// - Parameter vector: nil is for one that wants only what comes from now on.
    func join(at vector: PositionVector?) -> Join? {
        state.withLock { state in
            guard let vector else {
                return Join(sequence: state.sequence, backlog: [], ahead: [:], next: state.next)
            }
            guard let backlog = state.recent.messages(behind: vector) else { return nil }
            let ahead = vector.offsets.filter { $0.value > state.next[$0.key] ?? 0 }
            return Join(sequence: state.sequence, backlog: backlog, ahead: ahead, next: state.next)
        }
    }

    /// The partitions that the index reads and a vector does not name.
    func partitions(besides vector: PositionVector) -> [StreamPartition] {
        state.withLock { state in state.next.keys.filter { vector[$0] == nil } }
    }
}
