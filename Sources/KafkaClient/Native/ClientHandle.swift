import CRdKafka
import Dispatch
import Synchronization

/// Owner of an `rd_kafka_t`, of its queues and of its topic handles: all are destroyed together, children first,
/// and only when no call is using them any more.
final class ClientHandle: Sendable {
    private let raw: NativePointer
    /// Entered by every call in progress.
    private let users = DispatchGroup()
    private let state = Mutex(State())

    private struct State {
        var closed = false
        var queues: [NativePointer] = []
        var topics: [String: NativePointer] = [:]
        /// What C callbacks were given a pointer to.
        var retained: [any AnyObject & Sendable] = []
    }

    let name: String

    init(_ type: rd_kafka_type_t, _ configuration: consuming NativeConfiguration, name: String) throws {
        try LibraryVersion.check()
        raw = NativePointer(try configuration.makeClient(type, operation: "start \(name)"))
        self.name = name
    }

    /// Nobody can be using the handle any more. Blocks until librdkafka's threads have ended, so it is left to
    /// somebody who may wait; a consumer that was not closed leaves its group by time-out.
    deinit {
        guard !state.withLock({ $0.closed }) else { return }
        let (raw, children) = (self.raw, state.withLock { $0 })
        DispatchQueue(label: "kafka.abandoned").async { Self.destroy(raw, children) }
    }

    /// Calls `body` with the client, which is not destroyed before `body` returns.
    /// - Throws: ``KafkaError`` with code `closed` once ``destroy()`` was called.
    func use<Result>(
        _ operation: @autoclosure () -> String, _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        guard enter() else { throw KafkaError.closed(operation()) }
        defer { users.leave() }
        return try body(raw.raw)
    }

    /// The same for those to whom a closed client means: nothing to do.
    func useIfOpen<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        guard enter() else { return nil }
        defer { users.leave() }
        return body(raw.raw)
    }

    private func enter() -> Bool {
        state.withLock { state in
            if state.closed { return false }
            users.enter()
            return true
        }
    }

    /// The client owns the queue from now on.
    func adopt(queue: NativePointer) {
        state.withLock { $0.queues.append(queue) }
    }

    /// Keeps alive what a C callback has a pointer to, for as long as it can be called.
    func retain(_ object: any AnyObject & Sendable) {
        state.withLock { $0.retained.append(object) }
    }

    /// The handle of a topic, made at its first use and kept. Only inside ``use(_:_:)``.
    func topic(_ name: String) throws -> OpaquePointer {
        try state.withLock { state in
            if let topic = state.topics[name] { return topic }
            guard let topic = rd_kafka_topic_new(raw.raw, name, nil) else {
                throw KafkaError(rd_kafka_last_error(), operation: "use topic \(name)")
            }
            state.topics[name] = NativePointer(topic)
            return NativePointer(topic)
        }.raw
    }

    /// Waits for the calls in progress, then destroys. Blocks: only from ``SlowCalls``. Harmless when repeated.
    func destroy() {
        if close() { destroyClosed() }
    }

    /// Like ``destroy()``, but somebody else waits, for ever if need be. It counts as closed at once.
    func abandon() {
        guard close() else { return }
        DispatchQueue(label: "kafka.abandoned").async { self.destroyClosed() }
    }

    /// - Returns: false if it was closed before.
    private func close() -> Bool {
        state.withLock { state in
            defer { state.closed = true }
            return !state.closed
        }
    }

    private func destroyClosed() {
        users.wait()
        let children = state.withLock { state in
            defer { state = State(closed: true) }
            return state
        }
        Self.destroy(raw, children)
    }

    private static func destroy(_ client: NativePointer, _ children: State) {
        for topic in children.topics.values { rd_kafka_topic_destroy(topic.raw) }
        for queue in children.queues {
            rd_kafka_queue_cb_event_enable(queue.raw, nil, nil)
            rd_kafka_queue_destroy(queue.raw)
        }
        // A consumer was closed before, or is beyond it.
        rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        withExtendedLifetime(children.retained) {}
    }
}
