import CRdKafka
import Logging
import Synchronization

/// Reads messages, many at a time: from partitions that the caller names (``assign(_:)``), or as a member of a group
/// (``subscribe(to:)``). One or the other, for the consumer's life.
///
/// One task reads with ``next(max:)``; everything else may be called from any task. Messages wait in librdkafka's own
/// bounded queue until they are asked for: who reads slowly is sent no more.
public final class KafkaConsumer: Sendable {
    let client: ClientHandle
    let slow = SlowCalls("consumer")
    private let queue: NativePointer
    private let callbacks: ConsumerCallbacks
    private let wakeUp = WakeUp()
    let options: Options
    private let state = Mutex(State())

    private struct State {
        var reading = false
        var closing = false
        /// Told to the reader; agreed to by its next call.
        var requests: [ConsumerCallbacks.Request] = []
        var starts: [TopicPartition: Int64] = [:]
        var keepAlive: Task<Void, Never>?
        var interrupted = false
        var progress = ProgressTracker()
    }

    /// - Throws: ``KafkaError`` if a property is wrong.
    public init(_ configuration: KafkaConfiguration, _ options: Options = Options()) throws {
        self.options = options
        let native = try configuration.native(
            for: "consumer", defaults: options.defaults,
            required: options.required(instance: String(UInt64.random(in: 0 ... .max), radix: 36)))
        let events = ClientEvents(logger: configuration.logger)
        let callbacks = ConsumerCallbacks(events: events)
        callbacks.attach(to: native)
        let client = try ClientHandle(RD_KAFKA_CONSUMER, native, name: "consumer")
        client.retain(callbacks)
        self.callbacks = callbacks
        self.client = client
        let (queue, logQueue) = try client.use("start consumer") { raw in
            // One queue for everything: whoever reads messages also serves what the client has to say.
            rd_kafka_poll_set_consumer(raw)
            guard let queue = rd_kafka_queue_get_consumer(raw).map(NativePointer.init),
                let logQueue = rd_kafka_queue_new(raw).map(NativePointer.init)
            else { throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation: "start consumer") }
            client.adopt(queue: queue)
            client.adopt(queue: logQueue)
            rd_kafka_set_log_queue(raw, logQueue.raw)
            return (queue, logQueue)
        }
        self.queue = queue
        let logs = EventPump { [weak client] in
            _ = client?.useIfOpen { events.drain(logQueue, of: $0) }
        }
        logs.attach(to: logQueue, of: client)
        wakeUp.attach(to: queue, of: client)
    }

    deinit {
        state.withLock { $0.keepAlive }?.cancel()
    }

    // MARK: Reading

    /// Waits until there is something, and takes up to `max` messages.
    ///
    /// Calling it also says that the rebalances told last may take place.
    /// - Returns: a batch that is empty only after ``interrupt()``; nil after ``close(limit:)``.
    /// - Throws: ``KafkaError`` when the consumer cannot go on, `CancellationError` when the task is cancelled; nothing
    ///   that was fetched is lost then.
    public func next(max: Int = 512) async throws -> ConsumerBatch? {
        let admitted = state.withLock { state in
            if state.reading { return false }
            state.reading = true
            return true
        }
        guard admitted else { throw KafkaError.misuse("read messages", "another task is reading already") }
        defer { state.withLock { $0.reading = false } }
        try await agree()
        while true {
            try Task.checkCancellation()
            if state.withLock({ $0.closing }) { return nil }
            guard let batch = client.useIfOpen({ take(max, $0) }) else { return nil }
            let interrupted = state.withLock { state in
                defer { state.interrupted = false }
                return state.interrupted
            }
            if !batch.isEmpty || interrupted { return batch }
            if let fatal = callbacks.events.fatalError { throw fatal }
            await wakeUp.wait()
        }
    }

    /// Makes ``next(max:)`` return although there may be nothing.
    public func interrupt() {
        state.withLock { $0.interrupted = true }
        wakeUp.signal()
    }

    private func take(_ max: Int, _ raw: OpaquePointer) -> ConsumerBatch {
        var (batch, partitions) = MessageBatch(from: queue.raw, max: Swift.max(1, max)).contents()
        state.withLock { $0.progress.complete(&batch, of: partitions, client: raw) }
        let requests = callbacks.takeRequests()
        if !requests.isEmpty {
            state.withLock { $0.requests += requests }
            batch.rebalances = requests.map(\.rebalance)
        }
        if options.groupID == nil {
            // Who has no group need not be told that it may not use the one that librdkafka insists on.
            batch.failures.removeAll { $0.topicPartition == nil && $0.error.code == .groupAuthorizationFailed }
        }
        return batch
    }

    /// Agrees to the rebalances that the caller was told.
    private func agree() async throws {
        let (requests, starts) = state.withLock { state in
            defer { (state.requests, state.starts) = ([], [:]) }
            return (state.requests, state.starts)
        }
        guard !requests.isEmpty else { return }
        try await slow.run { [client] in
            for request in requests {
                try client.use("rebalance") { try request.agree($0, startingAt: starts) }
            }
        }
        state.withLock { state in
            for request in requests {
                switch request.rebalance {
                case .assigned(let partitions): state.progress.add(partitions)
                case .revoked(let partitions, _): state.progress.remove(partitions)
                }
            }
        }
    }

    // MARK: Reading chosen partitions

    /// Reads exactly these partitions from now on, each from its offset.
    public func assign(_ positions: [TopicPartitionOffset]) async throws {
        state.withLock { $0.progress.assign(positions.map(\.topicPartition)) }
        try await slow.run { [client] in
            try client.use("assign partitions") { raw in
                let list = TopicPartitionList(positions)
                try KafkaError.check(list.withRaw { rd_kafka_assign(raw, $0) }, "assign partitions")
                StoppedPartitions.wait(raw)
            }
        }
    }

    /// Reads these partitions, too.
    public func add(_ positions: [TopicPartitionOffset]) async throws {
        state.withLock { $0.progress.add(positions.map(\.topicPartition)) }
        try await slow.run { [client] in
            try client.use("add partitions") { raw in
                let list = TopicPartitionList(positions)
                try KafkaError.check(list.withRaw { rd_kafka_incremental_assign(raw, $0) }, "add partitions")
            }
        }
    }

    /// Reads these partitions no more. What was fetched of them and not taken yet is dropped.
    public func remove(_ partitions: [TopicPartition]) async throws {
        try await slow.run { [client] in
            try client.use("remove partitions") { raw in
                let list = TopicPartitionList(partitions)
                try KafkaError.check(list.withRaw { rd_kafka_incremental_unassign(raw, $0) }, "remove partitions")
                StoppedPartitions.wait(raw)
            }
        }
        state.withLock { $0.progress.remove(partitions) }
    }

    // MARK: Reading as a member of a group

    /// Joins the group, which spreads the topics' partitions over its members; see ``ConsumerBatch/rebalances``.
    public func subscribe(to topics: [String]) async throws {
        guard options.groupID != nil else { throw KafkaError.misuse("subscribe", "the consumer has no group") }
        try await slow.run { [client] in
            try client.use("subscribe") { raw in
                let list = TopicPartitionList(topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) })
                try KafkaError.check(list.withRaw { rd_kafka_subscribe(raw, $0) }, "subscribe")
            }
        }
        // A member that waits for messages must be heard of all the same: taking nothing from the queue counts.
        let interval = max(options.maxPollInterval, options.sessionTimeout) / 3
        let keepAlive = Task { [wakeUp] in
            while (try? await Task.sleep(for: interval)) != nil { wakeUp.signal() }
        }
        state.withLock { state in
            state.keepAlive?.cancel()
            state.keepAlive = keepAlive
        }
    }

    /// Chooses where to read partitions that were just assigned, instead of where the group committed. After the batch
    /// with ``Rebalance/assigned(_:)`` and before the next call of ``next(max:)``.
    public func start(at positions: [TopicPartitionOffset]) {
        state.withLock { state in
            for position in positions { state.starts[position.topicPartition] = position.offset }
        }
    }

    // MARK: The end

    /// Leaves the group, if it is in one, and frees the connection. The reader is answered nil. Commit before: nothing
    /// is committed here.
    public func close(limit: Duration = .seconds(10)) async {
        let first = state.withLock { state in
            state.keepAlive?.cancel()
            defer { state.closing = true }
            return !state.closing
        }
        wakeUp.signal()
        try? await slow.run { [self] in
            guard first else { return }
            let left = client.useIfOpen { raw in leave(raw, until: .now + limit) }
            if left == false { client.abandon() } else { client.destroy() }
        }
    }

    /// Ends as the death of the process would: the group is not told. For tests of that.
    public func abandon() {
        state.withLock { state in
            state.keepAlive?.cancel()
            state.closing = true
        }
        client.abandon()
        wakeUp.signal()
    }

    /// Takes the last rebalance and says goodbye.
    /// - Returns: false if that took too long: librdkafka 2.0.2 may never finish here.
    private func leave(_ raw: OpaquePointer, until end: ContinuousClock.Instant) -> Bool {
        callbacks.close()
        // What was told and not yet agreed to would hold up the goodbye.
        for request in state.withLock({ $0.requests }) + callbacks.takeRequests() {
            try? request.agree(raw, startingAt: [:])
        }
        // Another queue: librdkafka forwards the consumer's to it, which must not go in a circle.
        guard let farewell = rd_kafka_queue_new(raw).map(NativePointer.init) else { return false }
        client.adopt(queue: farewell)
        if let error = rd_kafka_consumer_close_queue(raw, farewell.raw) {
            rd_kafka_error_destroy(error)
            return true
        }
        while rd_kafka_consumer_closed(raw) == 0, ContinuousClock.now < end {
            // Not queue_poll: that would hand the last rebalance out as an event instead of calling back.
            if let message = rd_kafka_consume_queue(farewell.raw, 50) { rd_kafka_message_destroy(message) }
        }
        return rd_kafka_consumer_closed(raw) != 0
    }
}
