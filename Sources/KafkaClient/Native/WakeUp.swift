import CRdKafka
import Synchronization

/// Suspends one reader until librdkafka has something for it. A wake-up that comes first is not lost.
final class WakeUp: Sendable {
    private struct State {
        var pending = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Lets `queue` wake the reader for as long as `client` lives.
    func attach(to queue: NativePointer, of client: ClientHandle) {
        client.retain(self)
        rd_kafka_queue_cb_event_enable(
            queue.raw,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<WakeUp>.fromOpaque(opaque).takeUnretainedValue().signal()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func signal() {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.pending = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Returns after the next signal, at once if there was one since the last wait, or when the task is cancelled.
    /// May return for no reason. One waiter at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> Bool in
                    if state.pending || Task.isCancelled {
                        state.pending = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
    }
}
