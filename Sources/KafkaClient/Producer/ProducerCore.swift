import CRdKafka
import Dispatch
import Logging
import Synchronization

/// What the idempotent and the transactional producer share: enqueueing, delivery reports, the end.
final class ProducerCore: Sendable {
    let client: ClientHandle
    let events: ClientEvents
    let slow: SlowCalls
    private let table = DeliveryTable()
    private let space = QueueSpace()
    private let state = Mutex(State())
    private let metadataTimeout: Duration

    /// Entered while messages are handed over.
    private let enqueueing = DispatchGroup()

    private struct State {
        var closing = false
        /// Nothing is handed over any more.
        var sealed = false
        /// How many partitions each topic has, as far as is known.
        var partitions: [String: Int32] = [:]
    }

    init(
        _ configuration: KafkaConfiguration, name: String, defaults: [String: String], required: [String: String],
        metadataTimeout: Duration
    ) throws {
        var all = [
            // What is ready goes at once. Under load batches form by themselves, while a request is under way.
            "linger.ms": "0",
            // One request at a time, as two may lose a message. Seen with librdkafka 2.0.2 and Kafka 3.8: the first
            // request to a partition is refused (its leader is not ready), the second is taken, since the broker knows
            // nothing yet of the producer and takes any sequence number for its first; librdkafka concludes that the
            // first was stored, too ("implicitly acked"), and never repeats it.
            "max.in.flight.requests.per.connection": "1",
        ]
        all.merge(defaults) { $1 }
        let native = try configuration.native(
            for: name, defaults: all, required: required.merging(["enable.idempotence": "true"]) { $1 })
        native.withRaw {
            rd_kafka_conf_set_events($0, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG)
        }
        let client = try ClientHandle(RD_KAFKA_PRODUCER, native, name: name)
        let events = ClientEvents(logger: configuration.logger)
        self.client = client
        self.events = events
        self.metadataTimeout = metadataTimeout
        slow = SlowCalls(name)
        try events.serveMainQueue(of: client) { [table] event, raw in
            table.deliver(event, fatal: ClientEvents.fatalError(of: raw))
        } drained: { [space] in
            // Only now: librdkafka counts a message until its report is destroyed.
            space.madeRoom()
        }
    }

    // MARK: Enqueueing

    /// How far a batch has come on its way to librdkafka.
    private struct Progress {
        let batch: Int
        var next = 0
        /// Partitions of which a message was refused: none behind it may follow, lest it overtake a repetition.
        var refusing: Set<TopicPartition> = []
    }

    /// Hands all messages to librdkafka, in their order; waits while its queue is full, but not beyond `deadline`.
    /// - Throws: ``KafkaError`` if the client is closed or useless; `CancellationError` if the task was cancelled while it
    ///   waited: then a first part of the messages is on its way.
    func enqueue(
        _ messages: [OutgoingMessage], deadline: ContinuousClock.Instant? = nil
    ) async throws -> PendingDeliveries {
        if state.withLock({ $0.closing }) { throw KafkaError.closed("produce") }
        if let fatal = events.fatalError { throw fatal }
        let unknown = try await learnPartitions(of: messages)
        let batch = table.open(count: messages.count)
        let pending = PendingDeliveries(table: table, batch: batch)
        var progress = Progress(batch: batch)
        while true {
            let drains = space.drains
            let done = handOver { enqueue(messages, &progress, unknown: unknown, client: $0) }
            if done == true { return pending }
            let rest = progress.next..<messages.count
            if done == nil || space.isClosed {
                table.fail(batch: batch, indices: rest, with: .purged)
                return pending
            }
            if let deadline, deadline <= .now {
                table.fail(batch: batch, indices: rest, with: .queueStayedFull)
                return pending
            }
            await space.wait(since: drains, until: deadline)
            if Task.isCancelled {
                table.fail(batch: batch, indices: rest, with: .purged)
                throw CancellationError()
            }
        }
    }

    /// - Returns: nil if the end has come.
    private func handOver(_ body: (OpaquePointer) -> Bool) -> Bool? {
        let admitted = state.withLock { state in
            if !state.sealed { enqueueing.enter() }
            return !state.sealed
        }
        guard admitted else { return nil }
        defer { enqueueing.leave() }
        return client.useIfOpen(body)
    }

    /// - Returns: whether all messages are enqueued or have failed; else the queue is full from `next` on.
    private func enqueue(
        _ messages: [OutgoingMessage], _ progress: inout Progress, unknown: [String: KafkaError],
        client raw: OpaquePointer
    ) -> Bool {
        var topic: (name: String, handle: OpaquePointer, partitions: Int32)?
        while progress.next < messages.count {
            let message = messages[progress.next]
            do {
                if !progress.refusing.isEmpty,
                    progress.refusing.contains(TopicPartition(message.topic, message.partition))
                {
                    throw KafkaError.precedingFailed(message)
                }
                if topic?.name != message.topic {
                    if let error = unknown[message.topic] { throw error }
                    let partitions = state.withLock { $0.partitions[message.topic] ?? 0 }
                    topic = (message.topic, try client.topic(message.topic), partitions)
                }
                guard let topic else { return true }
                guard 0..<topic.partitions ~= message.partition else {
                    throw KafkaError(
                        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
                        operation: "produce to \(message.topic) [\(message.partition)]",
                        message: "the topic has \(topic.partitions) partitions")
                }
                let opaque = DeliveryTable.opaque(batch: progress.batch, index: progress.next)
                guard try produce(message, to: topic.handle, of: raw, opaque: opaque) else { return false }
            } catch {
                let error = error as? KafkaError ?? .closed("produce")
                table.fail(batch: progress.batch, indices: progress.next..<progress.next + 1, with: error)
                progress.refusing.insert(TopicPartition(message.topic, message.partition))
            }
            progress.next += 1
        }
        return true
    }

    /// - Returns: false if the queue is full.
    private func produce(
        _ message: OutgoingMessage, to topic: OpaquePointer, of raw: OpaquePointer, opaque: UnsafeMutableRawPointer?
    ) throws -> Bool {
        let headers = try NativeHeaders.make(message.headers)
        let code = withBytes(of: message.key) { key, keyCount in
            withBytes(of: message.value) { value, valueCount in
                crdkafka_produce(
                    raw, topic, message.partition, key, keyCount, value, valueCount, headers, message.timestamp ?? 0,
                    opaque)
            }
        }
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return true }
        if let headers { NativeHeaders.destroy(headers) }
        if code == RD_KAFKA_RESP_ERR__QUEUE_FULL { return false }
        let operation = "produce to \(message.topic) [\(message.partition)]"
        if code == RD_KAFKA_RESP_ERR__FATAL, let fatal = ClientEvents.fatalError(of: raw) { throw fatal }
        if code == RD_KAFKA_RESP_ERR__STATE {
            throw KafkaError.misuse(operation, "a transactional producer takes messages only within a transaction")
        }
        throw KafkaError(code, operation: operation)
    }

    // MARK: Partitions

    /// Makes sure that the partition counts of the messages' topics are known, and asks again for a topic that seems
    /// to have too few: it may have grown. Asking first also spares the first message librdkafka's slow search for
    /// the partition's leader.
    /// - Returns: topics that nothing can be sent to, and why.
    private func learnPartitions(of messages: [OutgoingMessage]) async throws -> [String: KafkaError] {
        var unknown: [String: KafkaError] = [:]
        for topic in unknownTopics(in: messages) {
            do {
                let count = try await slow.run { [self] in try lookUpPartitionCount(of: topic) }
                state.withLock { $0.partitions[topic] = count }
            } catch let error as KafkaError where error.code != .closed {
                unknown[topic] = error
            }
        }
        return unknown
    }

    private func lookUpPartitionCount(of topic: String) throws -> Int32 {
        let operation = "look up topic \(topic)"
        // Not every broker knows at once of a topic that was just created.
        return try repeatedly(
            for: min(metadataTimeout, .seconds(2)), while: { $0.code == .unknownTopicOrPartition }
        ) {
            try client.use(operation) { raw in
                let handle = try client.topic(topic)
                return try NativeMetadata(of: raw, topic: handle, timeout: metadataTimeout, operation: operation)
                    .partitionCount(of: topic)
            }
        }
    }

    private func unknownTopics(in messages: [OutgoingMessage]) -> Set<String> {
        var unknown: Set<String> = []
        var known: (topic: String, partitions: Int32)?
        for message in messages {
            if known?.topic != message.topic {
                known = (message.topic, state.withLock { $0.partitions[message.topic] ?? 0 })
            }
            if let known, message.partition >= known.partitions { unknown.insert(message.topic) }
        }
        return unknown
    }

    // MARK: The end

    /// Ends the producer: takes no more messages, waits for the reports of those it has, gives up on what is left
    /// after `limit`, and frees everything. Harmless when repeated.
    /// - Parameter beforehand: still to be done with the working client, on the thread for slow calls.
    func close(limit: Duration, beforehand: @escaping @Sendable (OpaquePointer) -> Void = { _ in }) async {
        let first = state.withLock { state in
            defer { state.closing = true }
            return !state.closing
        }
        try? await slow.run { [self] in
            guard first else { return }
            _ = client.useIfOpen { raw in
                beforehand(raw)
                let end = ContinuousClock.now + limit
                // The reports that flush waits for are taken from the queue by the pump meanwhile.
                rd_kafka_flush(raw, limit.milliseconds)
                // Those who were admitted before may have gone on: stop them, and wait for what they handed over. Only
                // then it is true that what was not handed over will not be stored.
                seal()
                if rd_kafka_flush(raw, (end - .now).milliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR {
                    rd_kafka_purge(raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
                    rd_kafka_flush(raw, 1000)
                }
            }
            client.destroy()
            table.failAll(with: .unreported)
        }
    }

    private func seal() {
        state.withLock { $0.sealed = true }
        space.close()
        enqueueing.wait()
    }

    /// Ends as the death of the process would: nothing is waited for, nobody is told.
    func abandon() {
        state.withLock { $0.closing = true }
        client.abandon()
        seal()
        table.failAll(with: .unreported)
    }
}

extension KafkaError {
    fileprivate static func precedingFailed(_ message: OutgoingMessage) -> KafkaError {
        KafkaError(
            code: .precedingFailed, operation: "produce to \(message.topic) [\(message.partition)]",
            message: "an earlier message of the partition was refused, so this one was not sent")
    }

    fileprivate static let queueStayedFull = KafkaError(
        RD_KAFKA_RESP_ERR__QUEUE_FULL, operation: "produce",
        message: "the producer's queue stayed full; the cluster takes less than is sent, or cannot be reached")

    /// Of messages that librdkafka had and never reported.
    fileprivate static let unreported = KafkaError(
        RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, operation: "produce",
        message: "the producer was closed before the message was acknowledged", mayBeStored: true)

    /// Of messages that never left the client.
    fileprivate static let purged = KafkaError(
        RD_KAFKA_RESP_ERR__PURGE_QUEUE, operation: "produce",
        message: "the producer was closed, or the task cancelled, before the message was sent")
}

/// Calls `body` with an address for present bytes, also if there are none of them, and with null for absent ones.
private func withBytes<Result>(of bytes: [UInt8]?, _ body: (UnsafeRawPointer?, Int) -> Result) -> Result {
    guard let bytes else { return body(nil, 0) }
    return bytes.withUnsafeBytes { body($0.baseAddress ?? emptyBytes, $0.count) }
}
