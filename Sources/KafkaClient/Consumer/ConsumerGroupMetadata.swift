import CRdKafka

/// Who a consumer is within its group: what a transaction needs to move the group's positions.
public final class ConsumerGroupMetadata: Sendable {
    private let pointer: NativePointer
    var raw: OpaquePointer { pointer.raw }

    /// Takes the metadata over.
    init(consuming raw: OpaquePointer) {
        pointer = NativePointer(raw)
    }

    deinit {
        rd_kafka_consumer_group_metadata_destroy(raw)
    }
}
