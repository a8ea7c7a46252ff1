public import Logging
import Synchronization

/// The events of a registration as a sequence of batches, each to be acknowledged or refused:
///
///     for try await batch in EventBatches(registration, of: registrations, maximum: 100) {
///         try await store(batch.events)
///         batch.acknowledge()
///     }
///
/// Iterating begins the work as ``EventConsumer/start()`` does; it ends when the loop is left, and the loop ends after
/// ``stop()``. Of an ordering key the next event comes once the one before is acknowledged; of other keys as many batches are
/// under way as the policy's concurrency says, so a slow loop slows the reading and nothing piles up. Several loops share
/// the batches.
public final class EventBatches: AsyncSequence, Sendable {
    public typealias Element = EventBatch

    private let queue: BatchQueue
    private let consumer: EventConsumer
    private let loops = Mutex(0)

    /// - Parameters:
    ///   - start: where the registration begins when it is made now.
    ///   - maximum: at most so many deliveries in a batch, at least one.
    ///   - linger: how long a batch that is not full may wait for more.
    public convenience init(
        _ registration: Registration, from start: StartPoint = .latest, of registrations: Registrations, maximum: Int,
        linger: Duration = .zero, logger: Logger = Logger(label: "daybook.consumer")
    ) {
        self.init(
            registration, from: start, of: registrations, maximum: maximum, linger: linger,
            options: DeliveryEngine.Options(), logger: logger)
    }

    init(
        _ registration: Registration, from start: StartPoint, of registrations: Registrations, maximum: Int,
        linger: Duration = .zero, options: DeliveryEngine.Options, logger: Logger
    ) {
        let queue = BatchQueue(batchSize: maximum, linger: linger)
        self.queue = queue
        consumer = EventConsumer(
            registration, from: start, of: registrations, handler: queue, options: options, logger: logger)
    }

    /// Ends the loops. Waits for the answers to the batches that loops still have, as long as one attempt may take; what is
    /// not acknowledged by then comes again.
    public func stop() async {
        loops.withLock { _ in
            consumer.requestStop()
            queue.end()
        }
        await consumer.stop()
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Ends its loop's part of the work when it is let go.
    public final class Iterator: AsyncIteratorProtocol {
        private let batches: EventBatches
        private var isStarted = false

        fileprivate init(_ batches: EventBatches) {
            self.batches = batches
        }

        deinit {
            if isStarted { batches.leave() }
        }

        /// - Throws: ``RegistrationError``; ``LogError``; `CancellationError`.
        public func next() async throws -> EventBatch? {
            if !isStarted {
                try await batches.enter()
                isStarted = true
            }
            let batch = await batches.queue.next()
            guard batch == nil else { return batch }
            try Task.checkCancellation()
            if let failure = batches.queue.failure { throw failure }
            return nil
        }
    }

    private func enter() async throws {
        let opening = loops.withLock { loops in
            loops += 1
            return queue.open()
        }
        do {
            let work = try await consumer.started()
            Task { [queue] in
                do {
                    try await work.value
                    queue.end(opening)
                } catch {
                    queue.end(opening, error)
                }
            }
        } catch {
            leave()
            throw error
        }
    }

    private func leave() {
        loops.withLock { loops in
            loops -= 1
            guard loops == 0 else { return }
            consumer.requestStop()
            queue.end()
        }
    }
}
