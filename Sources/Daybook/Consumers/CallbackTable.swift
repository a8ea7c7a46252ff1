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
        var index = CallbackIndex()
        /// Of deliveries that come again: those that failed, and those of calls that were given up.
        var progress: [Position: DeliveryProgress] = [:]
        /// Those that progress was noted of, the oldest first.
        var noted: Deque<Position> = []

        /// Keeps what is known for when they come again.
        mutating func note(_ deliveries: [Delivery], _ all: [DeliveryProgress]) {
            for (delivery, progress) in zip(deliveries, all) {
                self.progress[delivery.entry.position] = progress
                if progress.note() { noted.append(delivery.entry.position) }
            }
            while noted.count > CallbackTable.remembered, let oldest = noted.popFirst() { progress[oldest] = nil }
        }
    }

    /// What one call is about.
    private struct Plan {
        var shares: [CallbackShares.Share] = []
        /// Of each delivery.
        var progress: [DeliveryProgress]
        let call: CallProgress
        /// Whether all of it comes for the first time.
        let isFresh: Bool
    }

    /// How a call has gone so far.
    private struct Course {
        var failed = CallbackFailure()
        /// Whether nothing has failed yet, ever: then everything before a callback is done.
        var isStraight: Bool
        /// A key's later deliveries wait until the earlier ones are done, for the callbacks that follow as well.
        var blocked: Set<Lane> = []

        func blocks(_ delivery: Delivery) -> Bool { !blocked.isEmpty && blocked.contains(Lane(delivery)) }
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
        state.withLock { $0.index.add(match, filter, id: id, body) }
    }

    func remove(_ id: String) -> Bool {
        state.withLock { $0.index.remove(id) }
    }

    var ids: [String] {
        state.withLock { $0.index.ids }
    }

    // MARK: - Deliveries

    /// How many records of a batch are looked at before it is taken as a whole, if all of them are wanted.
    private static let sample = 16

    func wants(_ records: [StoredRecord]) -> [Bool]? {
        var search = state.withLock { $0.index.takeSearch() }
        var wanted = Array(repeating: true, count: records.count)
        for (at, stored) in records.enumerated() {
            if at == Self.sample, wanted.prefix(at).allSatisfy({ $0 }) { break }
            wanted[at] = search.concerns(stored)
        }
        state.withLock { $0.index.putBack(search) }
        return wanted
    }

    func handle(_ deliveries: [Delivery]) async throws {
        let plan = plan(deliveries)
        try await withTaskCancellationHandler {
            try await carryOut(plan, deliveries)
        } onCancel: {
            // It is given up, and may go on all the same while its deliveries are in the next call.
            state.withLock { $0.note(deliveries, plan.progress) }
        }
    }

    private func plan(_ deliveries: [Delivery]) -> Plan {
        let call = CallProgress()
        var (search, progress, isFresh) = state.withLock { state in
            let known = state.progress.isEmpty ? [] : deliveries.map { state.progress[$0.entry.position] }
            for progress in known { progress?.join(call) }
            return (
                state.index.takeSearch(),
                known.isEmpty
                    ? deliveries.map { _ in DeliveryProgress(call) } : known.map { $0 ?? DeliveryProgress(call) },
                known.allSatisfy { $0 == nil }
            )
        }
        var shares = CallbackShares()
        for (at, delivery) in deliveries.enumerated() { shares.add(at, for: search.callbacks(for: delivery)) }
        state.withLock { $0.index.putBack(search) }
        return Plan(shares: shares.all(), progress: progress, call: call, isFresh: isFresh)
    }

    private func carryOut(_ plan: Plan, _ deliveries: [Delivery]) async throws {
        var course = Course(isStraight: plan.isFresh)
        for share in plan.shares {
            for callback in share.callbacks {
                let open =
                    course.isStraight
                    ? share.deliveries
                    : share.deliveries.filter {
                        !course.blocks(deliveries[$0]) && !plan.progress[$0].isOver(for: callback.number)
                    }
                if case .batch(let body) = callback.body {
                    let isWhole = open.count == share.deliveries.count
                    await runOnce(callback, body, deliveries, open, isWhole: isWhole, plan, &course)
                } else {
                    await runForEach(callback, deliveries, open, plan, &course)
                }
            }
        }
        try finish(plan, deliveries, course)
    }

    private func runOnce(
        _ callback: ProcessorCallback, _ body: @Sendable ([Delivery]) async throws -> Void, _ deliveries: [Delivery],
        _ open: [Int], isWhole: Bool, _ plan: Plan, _ course: inout Course
    ) async {
        guard !open.isEmpty, !callback.isRemoved else { return }
        do {
            try await body(open.count == deliveries.count ? deliveries : open.map { deliveries[$0] })
            if isWhole {
                plan.call.finish(callback.number)
            } else {
                for at in open { plan.progress[at].finish(callback.number) }
            }
        } catch {
            note(error, of: callback, open.map { plan.progress[$0] }, &course)
            for at in open { course.blocked.insert(Lane(deliveries[at])) }
        }
    }

    private func runForEach(
        _ callback: ProcessorCallback, _ deliveries: [Delivery], _ open: [Int], _ plan: Plan, _ course: inout Course
    ) async {
        for at in open where !callback.isRemoved && !course.blocks(deliveries[at]) {
            let progress = plan.progress[at]
            do {
                try await run(callback, deliveries[at], progress)
                if course.isStraight {
                    progress.finish(through: callback.number)
                } else {
                    progress.finish(callback.number)
                }
            } catch {
                note(error, of: callback, [progress], &course)
                // By itself nothing follows it, and the other callbacks have nothing to wait for.
                if deliveries.count > 1 { course.blocked.insert(Lane(deliveries[at])) }
            }
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
        _ course: inout Course
    ) {
        course.isStraight = false
        // Of several deliveries it may concern one: each is tried by itself before it is given up.
        if case .permanent(let reason) = error as? HandlerFailure, progress.count == 1 {
            progress[0].giveUp(callback.number, "callback \(callback.id): \(reason)")
        } else {
            course.failed.add(error, of: callback.id)
        }
    }

    private func finish(_ plan: Plan, _ deliveries: [Delivery], _ course: Course) throws {
        let givenUp = plan.progress.compactMap(\.givenUp)
        if course.failed.failure == nil, givenUp.isEmpty, course.blocked.isEmpty {
            if plan.isFresh { return }
            return state.withLock { state in
                for delivery in deliveries { state.progress[delivery.entry.position] = nil }
            }
        }
        state.withLock { $0.note(deliveries, plan.progress) }
        if let failure = course.failed.failure { throw failure }
        guard deliveries.count == 1 else { throw HandlerFailure.retriable(givenUp.joined(separator: "; ")) }
        plan.progress[0].forgetGivenUp()
        throw HandlerFailure.permanent(givenUp.joined(separator: "; "))
    }
}
