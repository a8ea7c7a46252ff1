import CRdKafka

enum StoppedPartitions {
    /// Waits until librdkafka has stopped the partitions that were given up by the call before.
    ///
    /// librdkafka 2.0.2 stops them later, on its main thread. A partition that is assigned and given up again before
    /// that is stopped twice, which ends the process (an assertion that it is started); and one that is only assigned
    /// again tells the position where it was before. Its main thread takes orders in turn: when the first question is
    /// answered the partition has been told to stop, when the second one is, it has said that it did. The third is for
    /// those that are told in the next round of its loop.
    static func wait(_ client: OpaquePointer) {
        for _ in 0..<3 {
            var assignment: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
            guard rd_kafka_assignment(client, &assignment) == RD_KAFKA_RESP_ERR_NO_ERROR else { return }
            if let assignment { rd_kafka_topic_partition_list_destroy(assignment) }
        }
    }
}
