/// Stores messages, each acknowledged by all in-sync replicas, none of them twice (idempotent), those of one partition
/// in the order in which they were given.
///
/// May be used from any number of tasks. Give it many messages at a time: a call is the unit of work, not a message.
public final class KafkaProducer: Sendable {
    private let core: ProducerCore

    /// - Parameter metadataTimeout: how long the first message to a topic may wait for the cluster to tell about it.
    /// - Throws: ``KafkaError`` if a property is wrong. Whether the cluster can be reached shows at the first message.
    public init(_ configuration: KafkaConfiguration, metadataTimeout: Duration = .seconds(10)) throws {
        core = try ProducerCore(
            configuration, name: "producer", defaults: [:], required: [:], metadataTimeout: metadataTimeout)
    }

    /// Stores the messages and tells for each, in their order, where, or why not.
    ///
    /// Waits while the client's own queue (`queue.buffering.max.messages`, `…kbytes`) is full. Of the messages for one
    /// partition none is sent after one that was refused.
    /// - Parameter limit: how long to wait at most; see ``PendingDeliveries/results(deadline:)``. Messages that found no
    ///   room in the queue by then fail with code `queueFull` and were not sent. Without a limit
    ///   `delivery.timeout.ms` decides; then librdkafka takes messages back, and younger ones may be stored without
    ///   them.
    /// - Throws: ``KafkaError`` if none of them was accepted: the client is closed, or has failed for good.
    ///   `CancellationError` when the task is cancelled: that drops the wait, not the messages; those
    ///   that were enqueued by then are delivered all the same.
    public func produce(
        _ messages: [OutgoingMessage], limit: Duration? = nil
    ) async throws -> [Result<DeliveryReport, KafkaError>] {
        let deadline = limit.map { ContinuousClock.now + $0 }
        return try await core.enqueue(messages, deadline: deadline).results(deadline: deadline)
    }

    /// Returns as soon as the messages are enqueued, so that the next ones can follow; see ``produce(_:)``.
    public func enqueue(_ messages: [OutgoingMessage]) async throws -> PendingDeliveries {
        try await core.enqueue(messages)
    }

    /// The error that ended this producer for good, if one did.
    public var fatalError: KafkaError? { core.events.fatalError }

    /// Takes no more messages, waits until those it has are delivered, gives up on them after `limit`, and frees the
    /// connection. Every call of ``produce(_:)`` that is waiting gets its answer.
    public func close(limit: Duration = .seconds(30)) async {
        await core.close(limit: limit)
    }

    /// Ends as the death of the process would: nothing is waited for. For tests of that.
    public func abandon() {
        core.abandon()
    }
}
