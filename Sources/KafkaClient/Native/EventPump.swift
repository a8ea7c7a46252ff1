import CRdKafka
import Synchronization

/// Empties a queue of librdkafka whenever something has come in: librdkafka wakes it up, and no thread waits.
///
/// librdkafka calls back when an empty queue gets its first event, from a thread of its own and with the queue
/// locked, so nothing but scheduling may happen there.
final class EventPump: Sendable {
    private enum State {
        case idle
        case draining
        /// Woken while draining: the drain may have passed the point where it would have seen the event.
        case drainingAgain
    }

    private let state = Mutex(State.idle)
    private let drain: @Sendable () -> Void

    /// - Parameter drain: takes everything from the queue without waiting. Never runs twice at once.
    init(drain: @escaping @Sendable () -> Void) {
        self.drain = drain
    }

    /// Lets `queue` wake this pump for as long as `client` lives. Events that are there already are drained now.
    func attach(to queue: NativePointer, of client: ClientHandle) {
        client.retain(self)
        rd_kafka_queue_cb_event_enable(
            queue.raw,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<EventPump>.fromOpaque(opaque).takeUnretainedValue().wake()
            }, Unmanaged.passUnretained(self).toOpaque())
        wake()
    }

    func wake() {
        let start = state.withLock { state -> Bool in
            switch state {
            case .idle:
                state = .draining
                return true
            case .draining, .drainingAgain:
                state = .drainingAgain
                return false
            }
        }
        if start { Task.detached { self.run() } }
    }

    private func run() {
        while true {
            drain()
            let done = state.withLock { state -> Bool in
                if state == .drainingAgain {
                    state = .draining
                    return false
                }
                state = .idle
                return true
            }
            if done { return }
        }
    }
}
