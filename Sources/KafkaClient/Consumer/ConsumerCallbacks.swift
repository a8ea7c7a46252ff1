import CRdKafka
import Synchronization

/// What librdkafka calls while a consumer's queue is emptied: the thread is the reader's own.
///
/// A rebalance is only noted there. Agreeing to it (`assign`, `unassign`) is left to the reader's next call, so that it
/// can commit first; librdkafka keeps the membership alive meanwhile, for up to `max.poll.interval.ms`.
final class ConsumerCallbacks: Sendable {
    /// A rebalance that librdkafka wants an answer to.
    struct Request: Sendable {
        let rebalance: Rebalance
        let cooperative: Bool
    }

    private struct State {
        var noted: [Request] = []
        /// The consumer is closing: nobody will call again, so agree at once.
        var closing = false
    }

    private let state = Mutex(State())
    let events: ClientEvents

    init(events: ClientEvents) {
        self.events = events
    }

    /// The client made from `configuration` must retain this.
    func attach(to configuration: borrowing NativeConfiguration) {
        configuration.withRaw { raw in
            rd_kafka_conf_set_opaque(raw, Unmanaged.passUnretained(self).toOpaque())
            rd_kafka_conf_set_rebalance_cb(raw) { client, code, partitions, opaque in
                guard let client, let opaque else { return }
                Unmanaged<ConsumerCallbacks>.fromOpaque(opaque).takeUnretainedValue()
                    .note(code, partitions, of: client)
            }
            rd_kafka_conf_set_error_cb(raw) { client, code, text, opaque in
                guard let client, let opaque else { return }
                Unmanaged<ConsumerCallbacks>.fromOpaque(opaque).takeUnretainedValue().events
                    .report(
                        rd_kafka_resp_err_t(rawValue: code), text: text.map { String(cString: $0) } ?? "", of: client)
            }
            rd_kafka_conf_set_events(raw, RD_KAFKA_EVENT_LOG)
        }
    }

    private func note(
        _ code: rd_kafka_resp_err_t, _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?, of client: OpaquePointer
    ) {
        let partitions = TopicPartitionList.elements(of: list).map(\.topicPartition)
        let cooperative = rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
        let rebalance: Rebalance
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: rebalance = .assigned(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            rebalance = .revoked(partitions, lost: rd_kafka_assignment_lost(client) != 0)
        // An assignment that could not be made: librdkafka asks for an empty one.
        default: rebalance = .revoked(partitions, lost: true)
        }
        let request = Request(rebalance: rebalance, cooperative: cooperative)
        let closing = state.withLock { state in
            if !state.closing { state.noted.append(request) }
            return state.closing
        }
        // While the consumer says goodbye librdkafka ends the part of it that would answer: a question that is on its
        // way then is never answered. Nor is there anything to wait for, as nothing will be assigned any more.
        if closing { try? request.agree(client, startingAt: [:], waits: false) }
    }

    /// The rebalances noted since the last call.
    func takeRequests() -> [Request] {
        state.withLock { state in
            defer { state.noted = [] }
            return state.noted
        }
    }

    /// From now on rebalances are agreed to at once.
    func close() {
        state.withLock { $0.closing = true }
    }
}

extension ConsumerCallbacks.Request {
    /// Tells librdkafka that the rebalance may take place. Blocks shortly.
    ///
    /// - Parameter waits: until partitions that are given up have stopped; to be left out only where the consumer ends.
    func agree(
        _ client: OpaquePointer, startingAt starts: [TopicPartition: Int64], waits: Bool = true
    ) throws {
        switch rebalance {
        case .assigned(let partitions):
            let list = TopicPartitionList(
                partitions.map { TopicPartitionOffset($0, starts[$0] ?? TopicPartitionOffset.none) })
            if cooperative {
                try KafkaError.check(list.withRaw { rd_kafka_incremental_assign(client, $0) }, "accept partitions")
            } else {
                try KafkaError.check(list.withRaw { rd_kafka_assign(client, $0) }, "accept partitions")
            }
        case .revoked(let partitions, _):
            if cooperative {
                let list = TopicPartitionList(partitions)
                try KafkaError.check(list.withRaw { rd_kafka_incremental_unassign(client, $0) }, "give partitions up")
            } else {
                try KafkaError.check(rd_kafka_assign(client, nil), "give partitions up")
            }
            if waits { StoppedPartitions.wait(client) }
        }
    }
}
