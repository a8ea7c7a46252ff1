/// The reports of one batch of messages that is on its way.
public final class PendingDeliveries: Sendable {
    private let table: DeliveryTable
    private let batch: Int

    init(table: DeliveryTable, batch: Int) {
        self.table = table
        self.batch = batch
    }

    deinit {
        table.abandon(batch)
    }

    /// Waits until every message of the batch was acknowledged or has failed, and tells for each, in their order.
    /// To be called at most once.
    /// - Throws: `CancellationError` when the task is cancelled. That drops the wait, not the messages: they are
    ///   delivered all the same.
    public func results() async throws -> [Result<Delivery, KafkaError>] {
        try await table.results(of: batch)
    }
}
