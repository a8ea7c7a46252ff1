import Logging

/// Hands a registration's signals to its handler: live, in their order, each once or not at all.
///
/// The members share the partitions as they do for history. What came while nobody was there, or while a partition had no
/// member, is passed over; what comes faster than the handler takes it pushes the oldest out; what fails is not tried
/// again.
struct SignalRelay: Sendable {
    /// How many signals wait for the handler.
    private static let capacity = 1000
    private static let readSize = 1000

    private let registration: Registration
    private let handler: any EventHandler
    private let log: any EventLog
    private let signals: StreamSpecification
    private let group: String
    private let concurrency: Int
    private let isCurrent: @Sendable () -> Bool
    private let logger: Logger

    /// - Parameters:
    ///   - concurrency: how many calls of the handler may be under way; with one they keep their order.
    ///   - isCurrent: whether the registration's owner may still be given what it was; if not, nothing is handed over.
    init(
        _ registration: Registration, handler: any EventHandler, log: any EventLog, layout: StreamLayout,
        concurrency: Int, isCurrent: @escaping @Sendable () -> Bool = { true }, logger: Logger
    ) {
        self.registration = registration
        self.handler = handler
        self.log = log
        signals = layout.signals
        group = registration.signalGroup(prefix: layout.prefix)
        self.concurrency = concurrency
        self.isCurrent = isCurrent
        self.logger = logger
    }

    /// Works until it is cancelled or the log is closed.
    func run() async {
        let (deliveries, arriving) = AsyncStream.makeStream(
            of: Delivery.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await read(arriving)
                arriving.finish()
            }
            tasks.addTask { await handOver(deliveries) }
        }
    }

    private func read(_ arriving: AsyncStream<Delivery>.Continuation) async {
        var backoff = Backoff()
        while !Task.isCancelled {
            var member: (any GroupMember)?
            do {
                // Where the group was at an earlier time is of no use, and may be gone. Refused where there are members.
                try? await log.setCommittedPositions(group: group, to: try await ends())
                let joined = try await log.join(
                    group: group, streams: [signals.name], options: GroupOptions(start: .latest))
                member = joined
                try await read(joined, arriving)
            } catch is CancellationError {
                await member?.leave()
                return
            } catch LogError.closed {
                return
            } catch {
                await member?.leave()
                logger.warning("signals cannot be read for now; trying again", metadata: ["error": "\(error)"])
                try? await backoff.wait()
            }
        }
    }

    private func read(_ member: any GroupMember, _ arriving: AsyncStream<Delivery>.Continuation) async throws {
        var starts: [StreamPartition: Int64] = [:]
        while true {
            switch try await member.next(maximum: Self.readSize) {
            case .assigned(let partitions):
                starts.merge(try await ends().filter { partitions.contains($0.key) }) { $1 }
            case .revoked(let partitions):
                for partition in partitions { starts[partition] = nil }
            case .records(let batch):
                for stored in batch.records where stored.offset >= starts[batch.partition] ?? .max {
                    guard let entry = registration.entry(of: stored, registration.filter) else { continue }
                    let position = Position(batch.partition, stored.offset)
                    arriving.yield(
                        Delivery(
                            HistoryEntry(position: position, time: stored.time, record: entry),
                            registration: registration.name))
                }
            }
        }
    }

    private func ends() async throws -> [StreamPartition: Int64] {
        try await log.watermarks(of: signals.allPartitions).mapValues(\.end)
    }

    private func handOver(_ deliveries: AsyncStream<Delivery>) async {
        await withTaskGroup(of: Void.self) { calls in
            var underWay = 0
            for await delivery in deliveries where isCurrent() {
                if underWay == concurrency {
                    await calls.next()
                    underWay -= 1
                }
                calls.addTask { await call(delivery) }
                underWay += 1
            }
            calls.cancelAll()
        }
    }

    /// Comes back when the handler does, when its time is over, or when this is cancelled, also where the handler goes on.
    private func call(_ delivery: Delivery) async {
        let (ended, ending) = AsyncStream.makeStream(of: Void.self)
        let work = Task { [handler, logger] in
            defer { ending.finish() }
            do {
                try await handler.handle([delivery])
            } catch {
                logger.debug("a signal was not handled", metadata: ["error": "\(error)"])
            }
        }
        let limit = Task { [registration] in
            try? await Task.sleep(for: registration.policy.attemptTimeout)
            ending.finish()
        }
        for await _ in ended {}
        limit.cancel()
        work.cancel()
    }
}
