import CRdKafka
import Synchronization

/// Who waits for which delivery report. A message carries the number of its batch and its place in it through
/// librdkafka; no pointer of ours ever does.
final class DeliveryTable: Sendable {
    typealias Results = [Result<DeliveryReport, KafkaError>]

    // Touched only within the table's lock.
    private final class Batch: @unchecked Sendable {
        /// Of the messages without a report yet.
        var remaining: Int
        var deliveries: [DeliveryReport]
        var failures: [Int: KafkaError] = [:]
        var waiter: CheckedContinuation<Results, any Error>?
        /// Nobody will ask: its last report frees it.
        var abandoned = false
        /// The time for its reports is over. Whoever comes to wait is told what is known.
        var expired = false

        init(count: Int) {
            remaining = count
            deliveries = Array(repeating: DeliveryReport(offset: -1, timestamp: -1), count: count)
        }

        func failMissing(with error: KafkaError) {
            for index in deliveries.indices where deliveries[index].offset < 0 && failures[index] == nil {
                failures[index] = error
            }
        }

        var results: Results {
            if failures.isEmpty { return deliveries.map { .success($0) } }
            return deliveries.enumerated().map { index, delivery in
                failures[index].map { .failure($0) } ?? .success(delivery)
            }
        }
    }

    private struct State {
        var batches: [Int: Batch] = [:]
        var nextBatch = 0

        /// Ends the batch if it has all its reports and somebody waits for them, or nobody ever will.
        mutating func takeIfDone(_ number: Int) -> Finished? {
            guard let batch = batches[number], batch.remaining == 0 else { return nil }
            guard batch.waiter != nil || batch.abandoned else { return nil }
            batches[number] = nil
            return batch.waiter.take().map { Finished(waiter: $0, results: batch.results) }
        }

        /// Ends the waiting for a batch whose time is over; the batch stays until its last report.
        mutating func takeIfExpired(_ number: Int) -> Finished? {
            guard let batch = batches[number], batch.expired, let waiter = batch.waiter.take() else { return nil }
            batch.abandoned = true
            batch.failMissing(with: .noReport)
            return Finished(waiter: waiter, results: batch.results)
        }
    }

    /// A wait to be ended outside the lock.
    private struct Finished {
        let waiter: CheckedContinuation<Results, any Error>
        let results: Results

        func resume() { waiter.resume(returning: results) }
    }

    private let state = Mutex(State())

    /// A place for the reports of `count` messages.
    func open(count: Int) -> Int {
        state.withLock { state in
            let number = state.nextBatch
            // 32 bits: the other half of a 64-bit pointer has the place within the batch.
            state.nextBatch = (number + 1) & 0xffff_ffff
            state.batches[number] = Batch(count: count)
            return number
        }
    }

    /// What librdkafka hands back with the report of one message.
    static func opaque(batch: Int, index: Int) -> UnsafeMutableRawPointer? {
        // +1, because the very first would be the null pointer.
        UnsafeMutableRawPointer(bitPattern: UInt(batch) << 32 | UInt(index + 1))
    }

    /// Ends messages that were never handed to librdkafka.
    func fail(batch number: Int, indices: Range<Int>, with error: KafkaError) {
        let finished = state.withLock { state -> Finished? in
            guard let batch = state.batches[number] else { return nil }
            for index in indices { batch.failures[index] = error }
            batch.remaining -= indices.count
            return state.takeIfDone(number)
        }
        finished?.resume()
    }

    /// Waits for all reports of the batch. Only once.
    /// - Throws: `CancellationError` when the task is cancelled: the messages are on their way all the same.
    func results(of number: Int) async throws -> Results {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (cancelled, finished) = state.withLock { state -> (Bool, Finished?) in
                    // Cancelled before this could register: the handler has abandoned the batch already.
                    guard let batch = state.batches[number], !batch.abandoned else { return (true, nil) }
                    batch.waiter = continuation
                    return (false, state.takeIfDone(number) ?? state.takeIfExpired(number))
                }
                if cancelled { continuation.resume(throwing: CancellationError()) }
                finished?.resume()
            }
        } onCancel: {
            abandon(number)
        }
    }

    /// Whoever waits for the batch is told what is known by now. The rest may be stored yet, and nobody will hear of it.
    func expire(_ number: Int) {
        let finished = state.withLock { state -> Finished? in
            // Perhaps nobody waits yet: the time was over when the messages had found room.
            state.batches[number]?.expired = true
            return state.takeIfExpired(number)
        }
        finished?.resume()
    }

    /// Nobody waits for the batch any more. It stays until its last report, lest its number be given to another.
    func abandon(_ number: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Results, any Error>? in
            guard let batch = state.batches[number] else { return nil }
            batch.abandoned = true
            let waiter = batch.waiter.take()
            _ = state.takeIfDone(number)
            return waiter
        }
        waiter?.resume(throwing: CancellationError())
    }

    /// Takes the reports out of a delivery event.
    /// - Parameter fatal: the error that ended the client, if one did: it explains the others.
    func deliver(_ event: OpaquePointer, fatal: KafkaError?) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<rd_kafka_message_t>?.self, capacity: 1024) { messages in
            while true {
                let count = rd_kafka_event_message_array(event, messages.baseAddress, messages.count)
                if count == 0 { break }
                let finished = state.withLock { state in
                    record(messages[..<count], fatal: fatal, in: &state)
                }
                for batch in finished { batch.resume() }
            }
        }
    }

    private func record(
        _ messages: Slice<UnsafeMutableBufferPointer<UnsafePointer<rd_kafka_message_t>?>>, fatal: KafkaError?,
        in state: inout State
    ) -> [Finished] {
        var finished: [Finished] = []
        // Neighbours mostly belong together: one look-up for all of them.
        var current: (number: Int, batch: Batch?) = (-1, nil)
        for case let message? in messages {
            let opaque = UInt(bitPattern: message.pointee._private)
            let (number, index) = (Int(opaque >> 32), Int(opaque & 0xffff_ffff) - 1)
            if current.number != number { current = (number, state.batches[number]) }
            guard let batch = current.batch, batch.deliveries.indices.contains(index) else { continue }
            batch.remaining -= 1
            if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                batch.failures[index] = Self.failure(of: message, fatal: fatal)
            } else if message.pointee.offset < 0 {
                // Only concluded from what came later; see "max.in.flight.requests.per.connection".
                batch.failures[index] = .noReport
            } else {
                batch.deliveries[index] = DeliveryReport(
                    offset: message.pointee.offset, timestamp: rd_kafka_message_timestamp(message, nil))
            }
            if batch.remaining == 0, let done = state.takeIfDone(number) { finished.append(done) }
        }
        return finished
    }

    private static func failure(of message: UnsafePointer<rd_kafka_message_t>, fatal: KafkaError?) -> KafkaError {
        let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
        let code = KafkaError.Code(message.pointee.err)
        return KafkaError(
            code: code, operation: "produce to \(topic) [\(message.pointee.partition)]",
            message: fatal?.message ?? String(cString: rd_kafka_err2str(message.pointee.err)),
            isFatal: fatal != nil, isRetriable: fatal == nil && code.isTransient,
            mayBeStored: rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
    }

    /// librdkafka is gone and reports nothing any more: whatever has no report failed with `error`.
    func failAll(with error: KafkaError) {
        let finished = state.withLock { state in
            for batch in state.batches.values {
                batch.failMissing(with: error)
                batch.remaining = 0
            }
            return state.batches.keys.compactMap { state.takeIfDone($0) }
        }
        for batch in finished { batch.resume() }
    }
}

extension KafkaError {
    /// Of messages that nobody could wait for any longer, and those whose acknowledgement was lost.
    fileprivate static let noReport = KafkaError(
        RD_KAFKA_RESP_ERR__TIMED_OUT, operation: "produce",
        message: "the cluster did not acknowledge the message; it may be stored, now or later", mayBeStored: true)
}
