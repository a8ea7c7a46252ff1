import DequeModule
import Synchronization

/// The callbacks of an ``EventProcessor``, and what runs them: those that a delivery concerns, in the order in which they
/// were registered.
///
/// One that fails does not keep the others from running. The delivery then comes again, and only those are run that have not
/// done their part. What is known of that is kept in memory: after a restart all are run again.
final class CallbackTable: EventHandler {
    /// Of how many deliveries that failed it is remembered which callbacks are done.
    static let remembered = 10_000

    private struct State {
        var index = FilterIndex<Int>()
        var callbacks: [Int: ProcessorCallback] = [:]
        var numbers: [String: Int] = [:]
        var last = 0
        /// Of deliveries that are under way, or that failed.
        var progress: [Position: DeliveryProgress] = [:]
        var failed: Deque<Position> = []

        mutating func remove(_ id: String) -> Bool {
            guard let number = numbers.removeValue(forKey: id) else { return false }
            index.remove(number)
            callbacks[number] = nil
            return true
        }
    }

    /// One callback's share of some deliveries.
    private struct Share {
        var number: Int
        /// Indices of deliveries.
        var deliveries: [Int]
    }

    /// What one call is about.
    private struct Plan {
        var shares: [Share] = []
        var progress: [DeliveryProgress] = []
        let call = CallProgress()
        /// Whether all of it comes for the first time.
        var isFresh = true
    }

    private struct Lane: Hashable {
        var partition: StreamPartition
        var key: String?
        var event: EventID?

        init(_ delivery: Delivery) {
            partition = delivery.entry.position.partition
            key = delivery.event.orderingKey
            event = key == nil ? delivery.event.id : nil
        }
    }

    let batchSize: Int
    private let connections: LiveConnections?
    private let state = Mutex(State())

    init(batchSize: Int, connections: LiveConnections?) {
        self.batchSize = batchSize
        self.connections = connections
    }

    // MARK: - Callbacks

    /// - Parameter id: puts it in the place of the callback with this id, behind all others; nil makes one up.
    func add(_ match: EventMatch, id: String?, _ body: ProcessorCallback.Body) throws {
        if case .broadcast = body, connections == nil { throw NoLiveConnections() }
        let filter = try match.combinedFilter()
        state.withLock { state in
            state.last += 1
            let id = id ?? "#\(state.last)"
            _ = state.remove(id)
            state.index.insert(filter, for: state.last)
            state.numbers[id] = state.last
            state.callbacks[state.last] = ProcessorCallback(id: id, number: state.last, on: match.on, body: body)
        }
    }

    func remove(_ id: String) -> Bool {
        state.withLock { $0.remove(id) }
    }

    var ids: [String] {
        state.withLock { state in state.callbacks.values.sorted { $0.number < $1.number }.map(\.id) }
    }

    // MARK: - Deliveries

    func handle(_ deliveries: [Delivery]) async throws {
        let plan = plan(deliveries)
        let progress = plan.progress
        var failed = CallbackFailure()
        // A key's later deliveries wait until the earlier ones are done, for the callbacks that follow as well.
        var blocked: Set<Lane> = []
        for share in plan.shares {
            // Looked up now: it may have been removed since.
            guard let callback = state.withLock({ $0.callbacks[share.number] }) else { continue }
            let open =
                plan.isFresh && blocked.isEmpty
                ? share.deliveries
                : share.deliveries.filter {
                    (blocked.isEmpty || !blocked.contains(Lane(deliveries[$0])))
                        && !progress[$0].isOver(for: share.number)
                }
            if case .batch(let body) = callback.body {
                guard !open.isEmpty else { continue }
                do {
                    try await body(open.count == deliveries.count ? deliveries : open.map { deliveries[$0] })
                    if open.count == share.deliveries.count {
                        plan.call.finish(share.number)
                    } else {
                        for at in open { progress[at].finish(share.number) }
                    }
                } catch {
                    note(error, of: callback, open.map { progress[$0] }, &failed)
                    for at in open { blocked.insert(Lane(deliveries[at])) }
                }
                continue
            }
            for at in open where blocked.isEmpty || !blocked.contains(Lane(deliveries[at])) {
                do {
                    try await run(callback, deliveries[at], progress[at])
                    progress[at].finish(share.number)
                } catch {
                    note(error, of: callback, [progress[at]], &failed)
                    // By itself nothing follows it, and the other callbacks have nothing to wait for.
                    if deliveries.count > 1 { blocked.insert(Lane(deliveries[at])) }
                }
            }
        }
        try finish(deliveries, progress, failed, isComplete: blocked.isEmpty)
    }

    private func plan(_ deliveries: [Delivery]) -> Plan {
        state.withLock { state in
            var shares: [Int: [Int]] = [:]
            // Deliveries that concern the same callbacks, one behind the other.
            var run: (numbers: [Int], deliveries: [Int]) = ([], [])
            func endRun() {
                for number in run.numbers { shares[number, default: []] += run.deliveries }
            }
            var plan = Plan()
            plan.progress.reserveCapacity(deliveries.count)
            for (at, delivery) in deliveries.enumerated() {
                let record = delivery.entry.record
                let payload = record.event.payload
                let numbers = state.index.matches(DeliveredEvent(entry: delivery.entry), payload: { payload })
                    .filter { state.callbacks[$0]?.on.contains(record.operation) == true }
                if numbers == run.numbers {
                    run.deliveries.append(at)
                } else {
                    endRun()
                    run = (numbers, [at])
                }
                if let known = state.progress[delivery.entry.position] {
                    plan.isFresh = false
                    known.join(plan.call)
                    plan.progress.append(known)
                } else {
                    let new = DeliveryProgress(plan.call)
                    state.progress[delivery.entry.position] = new
                    plan.progress.append(new)
                }
            }
            endRun()
            plan.shares = shares.map { Share(number: $0.key, deliveries: $0.value) }.sorted { $0.number < $1.number }
            return plan
        }
    }

    private func run(
        _ callback: ProcessorCallback, _ delivery: Delivery, _ progress: DeliveryProgress
    ) async throws {
        switch callback.body {
        case .each(let body): try await body(delivery)
        case .batch(let body): try await body([delivery])
        case .broadcast(let prepare):
            guard let connections, let body = try await prepare(delivery) else { return }
            var failed = CallbackFailure()
            for connection in try await connections() where !progress.isDone(callback.number, for: connection.id) {
                do {
                    try await body(connection)
                    progress.finish(callback.number, for: connection.id)
                } catch {
                    failed.add(error, of: "\(callback.id) for connection \(connection.id)")
                }
            }
            if let failure = failed.failure { throw failure }
        }
    }

    private func note(
        _ error: any Error, of callback: ProcessorCallback, _ progress: [DeliveryProgress],
        _ failed: inout CallbackFailure
    ) {
        // Of several deliveries it may concern one: each is tried by itself before it is given up.
        if case .permanent(let reason) = error as? HandlerFailure, progress.count == 1 {
            progress[0].giveUp(callback.number, "callback \(callback.id): \(reason)")
        } else {
            failed.add(error, of: callback.id)
        }
    }

    private func finish(
        _ deliveries: [Delivery], _ progress: [DeliveryProgress], _ failed: CallbackFailure, isComplete: Bool
    ) throws {
        let givenUp = progress.compactMap(\.givenUp)
        if failed.failure == nil, givenUp.isEmpty, isComplete {
            state.withLock { state in
                for delivery in deliveries { state.progress[delivery.entry.position] = nil }
            }
            return
        }
        state.withLock { state in
            for (delivery, progress) in zip(deliveries, progress) {
                // Another call may have ended meanwhile that was given up for lack of time.
                state.progress[delivery.entry.position] = progress
                if progress.fail() { state.failed.append(delivery.entry.position) }
            }
            while state.failed.count > Self.remembered, let oldest = state.failed.popFirst() {
                state.progress[oldest] = nil
            }
        }
        if let failure = failed.failure { throw failure }
        guard deliveries.count == 1 else { throw HandlerFailure.retriable(givenUp.joined(separator: "; ")) }
        progress[0].forgetGivenUp()
        throw HandlerFailure.permanent(givenUp.joined(separator: "; "))
    }
}
