import Daybook
import KafkaClient

// The only place where Kafka's errors become the log's.

extension LogError {
    /// - Parameters:
    ///   - error: what the client said.
    ///   - partition: what it was about.
    init(_ error: KafkaError, at partition: StreamPartition? = nil) {
        self =
            switch error.code {
            case .closed, .purgedInQueue: .closed
            case .unknownTopic, .unknownPartition, .unknownTopicOrPartition:
                partition.map { .unknownPartition($0) } ?? .unknownPartition(StreamPartition("", 0))
            case .precedingFailed: .precedingFailed
            case .fenced, .invalidProducerEpoch, .illegalGeneration, .unknownMember, .fencedInstance: .fenced
            default:
                if error.mayBeStored {
                    .outcomeUnknown(error.message)
                } else if error.isAuthorization {
                    .refused("\(error.operation): \(error.message); give the user of this client the permission")
                } else if error.isRetriable || error.isFatal || error.code == .queueFull {
                    .unavailable("\(error.operation): \(error.message)")
                } else {
                    .refused("\(error.operation): \(error.message) (\(error.code.name))")
                }
            }
    }

    /// Of a transactional writer, for which everything fatal means: make a new one.
    init(transaction error: KafkaError) {
        if error.isFatal {
            self = .fenced
        } else if error.requiresAbort {
            let mapped = LogError(error)
            // It was aborted; whatever the cause, the next try may succeed.
            self = mapped == .fenced ? .fenced : .unavailable("\(error.operation): \(error.message)")
        } else {
            self.init(error)
        }
    }

    init(opening error: KafkaError, _ servers: [String]) {
        let named = servers.joined(separator: ", ")
        self =
            if error.isRetriable {
                .unavailable(
                    "no Kafka broker at \(named) answers (\(error.message)); check that one runs there and that this machine may reach it"
                )
            } else {
                LogError(error)
            }
    }
}

extension KafkaError {
    var isAuthorization: Bool {
        [
            .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed, .authentication,
            .transactionalIDAuthorizationFailed,
        ].contains(code)
    }
}

extension StreamPartition {
    init(_ partition: TopicPartition) {
        self.init(partition.topic, partition.partition)
    }
}

extension TopicPartition {
    init(_ partition: StreamPartition) {
        self.init(partition.stream, partition.partition)
    }
}

extension [StreamPartition: Int64] {
    var topicPartitionOffsets: [TopicPartitionOffset] {
        map { TopicPartitionOffset(TopicPartition($0.key), $0.value) }
    }
}
