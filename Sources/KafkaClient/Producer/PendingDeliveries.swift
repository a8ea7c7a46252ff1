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
    /// - Parameter deadline: when to stop waiting. Messages without an answer by then fail with code `timedOut` and
    ///   ``KafkaError/mayBeStored``; they are not taken back.
    /// - Throws: `CancellationError` when the task is cancelled. That drops the wait, not the messages: they are
    ///   delivered all the same.
    public func results(
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Result<DeliveryReport, KafkaError>] {
        guard let deadline else { return try await table.results(of: batch) }
        let timer = Task { [table, batch] in
            try await Task.sleep(until: deadline, clock: .continuous)
            table.expire(batch)
        }
        defer { timer.cancel() }
        return try await table.results(of: batch)
    }
}
