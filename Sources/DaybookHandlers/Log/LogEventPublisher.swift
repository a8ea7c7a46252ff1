public import Daybook
import Logging
public import ServiceLifecycle

/// Publishes the log lines that ``DaybookLogHandler``s put into a queue.
///
/// It never stops others: what cannot be published is tried some times, then counted as failed. At graceful shutdown it
/// publishes what is there, and ends.
public final class LogEventPublisher: Service {
    /// The most that are published at once.
    private static let batchSize = 500
    private static let attempts = 5

    private let queue: LogEventQueue
    private let publish: @Sendable ([Event]) async -> [Result<Published, PublishError>]
    private let pause: Duration

    public convenience init(_ queue: LogEventQueue, _ publisher: Publisher) {
        self.init(queue) { await publisher.publish($0) }
    }

    /// - Parameter pause: before the second attempt; it doubles each time.
    init(
        _ queue: LogEventQueue, pause: Duration = .milliseconds(200),
        publish: @escaping @Sendable ([Event]) async -> [Result<Published, PublishError>]
    ) {
        self.queue = queue
        self.pause = pause
        self.publish = publish
    }

    public func run() async throws {
        await withGracefulShutdownHandler {
            await DaybookLogHandler.$isPublishing.withValue(true) {
                while let events = await queue.next() {
                    for start in stride(from: 0, to: events.count, by: Self.batchSize) {
                        await write(Array(events[start..<min(start + Self.batchSize, events.count)]))
                    }
                }
            }
        } onGracefulShutdown: { [queue] in
            queue.close()
        }
    }

    /// Publishes a batch: what the log could not take is tried again, what is refused is not.
    private func write(_ events: [Event]) async {
        var rest = events
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try? await Task.sleep(for: pause * (1 << (attempt - 1))) }
            guard !Task.isCancelled else { break }
            var again: [Event] = []
            for (event, result) in zip(rest, await publish(rest)) {
                switch result {
                case .success: queue.count(published: 1, failed: 0)
                // One that may be stored is not stored a second time.
                case .failure(.log(let error)) where !error.mayBeStored: again.append(event)
                case .failure: queue.count(published: 0, failed: 1)
                }
            }
            rest = again
            if rest.isEmpty { return }
        }
        queue.count(published: 0, failed: rest.count)
    }
}
