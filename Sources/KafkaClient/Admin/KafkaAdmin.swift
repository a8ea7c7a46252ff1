import CRdKafka

/// Asks a cluster about itself and changes topics and groups. One call at a time goes out; the others wait.
///
/// Every call throws ``KafkaError``, also when there was no answer within its `limit`.
public final class KafkaAdmin: Sendable {
    let client: ClientHandle
    let slow = SlowCalls("admin")
    let events: ClientEvents

    /// - Parameter isolation: what ``offsets(of:at:limit:)`` takes for the end of a partition: with committed messages
    ///   only, it is where the first open transaction begins. (librdkafka asks brokers with the client's
    ///   `isolation.level`, so that it cannot be chosen by call.)
    public init(
        _ configuration: KafkaConfiguration, isolation: KafkaConsumer.Options.Isolation = .readCommitted
    ) throws {
        let native = try configuration.native(for: "admin client", required: ["isolation.level": isolation.rawValue])
        native.withRaw { rd_kafka_conf_set_events($0, RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG) }
        // A consumer that never reads: a producer would create topics by asking about them, where brokers allow that.
        client = try ClientHandle(RD_KAFKA_CONSUMER, native, name: "admin client")
        events = ClientEvents(logger: configuration.logger)
        try events.serveMainQueue(of: client, delivered: { _, _ in })
    }

    /// Frees the connection. Harmless when repeated.
    public func close() async {
        try? await slow.run { [client] in client.destroy() }
    }

    /// The same without waiting for calls in progress.
    public func abandon() {
        client.abandon()
    }

    /// Makes one request of librdkafka's admin interface and reads its answer; again, within `limit`, while the cluster
    /// says that it will be ready soon.
    /// - Parameters:
    ///   - operation: for errors.
    ///   - patience: after how long without an answer the request is made anew, for one that may be made twice. librdkafka
    ///     2.0.2 can lose sight of a request whose group's coordinator the cluster cannot name yet, as in the first moments
    ///     of a new one.
    ///   - send: makes the request: client, options, queue for the answer.
    ///   - receive: reads the answer, an event that is destroyed afterwards.
    func request<Answer: Sendable>(
        _ operation: String, _ kind: rd_kafka_admin_op_t, limit: Duration, patience: Duration? = nil,
        send: @escaping @Sendable (OpaquePointer, OpaquePointer?, OpaquePointer?) throws -> Void,
        receive: @escaping @Sendable (OpaquePointer) throws -> Answer
    ) async throws -> Answer {
        @Sendable func attempt(_ client: ClientHandle, limit: Duration) throws -> Answer {
            try client.use(operation) { raw in
                let options = rd_kafka_AdminOptions_new(raw, kind)
                defer { rd_kafka_AdminOptions_destroy(options) }
                rd_kafka_AdminOptions_set_request_timeout(options, limit.milliseconds, nil, 0)
                // Only changes take this one; others say no, which does not matter.
                rd_kafka_AdminOptions_set_operation_timeout(options, limit.milliseconds, nil, 0)
                let queue = rd_kafka_queue_new(raw)
                defer { rd_kafka_queue_destroy(queue) }
                try send(raw, options, queue)
                // librdkafka answers by itself when the limit is over; the rest is its own leisure.
                guard let event = rd_kafka_queue_poll(queue, (limit + .seconds(2)).milliseconds) else {
                    throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation: operation)
                }
                defer { rd_kafka_event_destroy(event) }
                let code = rd_kafka_event_error(event)
                if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                    let text = rd_kafka_event_error_string(event).map { String(cString: $0) }
                    throw KafkaError(code, operation: operation, message: text)
                }
                return try receive(event)
            }
        }
        return try await slow.run { [client] in
            let end = ContinuousClock.now + limit
            // Longer each time: a cluster may just be slow.
            var patience = patience
            return try repeatedly(
                for: limit, pause: .milliseconds(10),
                while: { $0.isTransitional || patience != nil && $0.code.native == RD_KAFKA_RESP_ERR__TIMED_OUT }
            ) {
                let left = max(end - .now, .milliseconds(10))
                defer { patience = patience.map { $0 * 2 } }
                return try attempt(client, limit: min(left, patience ?? left))
            }
        }
    }
}

extension KafkaError {
    /// The cluster works, but not yet for this request: a leader or coordinator is on the move, or a transaction that
    /// was committed is being completed.
    var isTransitional: Bool {
        switch code.native {
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
            true
        default: false
        }
    }
}

/// The elements of an array of pointers that librdkafka owns.
func elements<Element>(_ start: UnsafeMutablePointer<Element?>?, _ count: Int) -> [Element] {
    UnsafeBufferPointer(start: start, count: start == nil ? 0 : count).compactMap { $0 }
}
