import Daybook
import Synchronization

/// A queue and who waits for it. Its lock may be held while the index is read, never the other way round.
final class JobQueue: Sendable {
    private struct Waiter {
        let id: Int
        let holder: Holder
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var queue: QueueState
        var waiters: [Waiter] = []
        var lastID = 0
        /// Cancelled before they came to wait.
        var cancelled: Set<Int> = []
        var isRetired = false
    }

    /// How many sources are looked for at a time, and how few may be ready before it is looked for more.
    private static let scanned = 1024
    private static let fewest = 256
    /// How many payloads are read at a time.
    private static let payloads = 512

    let key: QueueKey
    private let index: EventIndex
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>

    init(_ key: QueueKey, _ index: EventIndex, now: @escaping @Sendable () -> Timestamp) {
        self.key = key
        self.index = index
        self.now = now
        state = Mutex(State(queue: QueueState(key)))
    }

    /// How many sources it remembers.
    var count: Int { state.withLock { $0.queue.sources.count } }

    var isRetired: Bool { state.withLock(\.isRetired) }

    /// It is no longer kept up to date; who waits must look for another one.
    func retire() {
        wake { state in
            state.isRetired = true
            return true
        }
    }

    // MARK: - Choosing

    /// The next sources to be claimed by a holder.
    ///
    /// - Parameter had: of these it has the jobs already.
    func pick(_ count: Int, for holder: Holder, besides had: Set<EventID>) -> [EventID] {
        let time = now().microseconds
        return state.withLock { state in
            var picked: [EventID] = []
            while picked.count < count,
                let id = state.queue.pick(for: holder, besides: had.union(picked), at: time)
            {
                picked.append(id)
            }
            return picked
        }
    }

    func settle(_ id: EventID, _ verdict: Result<Verdict, LogError>, for holder: Holder, lease: Duration?) {
        let time = now().microseconds
        wake { state in
            switch verdict {
            case .success(let verdict): state.queue.settle(id, verdict, for: holder, lease: lease, at: time)
            case .failure: state.queue.unclaim(id)
            }
            return false
        }
    }

    /// Gives a source back that was picked and not asked for.
    func unclaim(_ id: EventID) {
        wake { state in
            state.queue.unclaim(id)
            return false
        }
    }

    // MARK: - Filling

    /// Looks for sources in the index until some are ready, or there are no more.
    ///
    /// - Parameter wanted: how many are to be ready at least; nil for so many that choosing does not have to look often.
    /// - Throws: a ``LogError`` when payloads cannot be read; `CancellationError`.
    func fill(_ wanted: Int?, _ log: any EventLog) async throws {
        while true {
            let isEnough = state.withLock { state in
                guard state.queue.unread.isEmpty else { return false }
                if state.queue.isComplete || state.queue.readyCount >= wanted ?? Self.fewest { return true }
                lookFurther(&state.queue)
                return false
            }
            if isEnough { return }
            try await readPayloads(log)
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func lookFurther(_ queue: inout QueueState) {
        let slice = index.scan(&queue.scan, limit: Self.scanned)
        let time = now().microseconds
        for at in 0..<slice.sources.count {
            let job = slice.jobNumbers[at].map { slice.jobs.withEvent($0) { JobFacts($0) } }
            slice.sources.withEvent(at) { queue.consider($0, job, at: time) }
        }
        if slice.isAtEnd { queue.isComplete = true }
    }

    /// Reads the payloads of sources that came when their records were not at hand.
    private func readPayloads(_ log: any EventLog) async throws {
        guard let filter = key.filter, filter.readsPayload else { return }
        let ids = state.withLock { Array($0.queue.unread.prefix(Self.payloads)) }
        guard !ids.isEmpty else { return }
        let positions = ids.compactMap { id in
            index.withEvent(id) { $0.payloadPosition }.flatMap { $0 }.map { (id, $0) }
        }
        let records = try await log.records(at: positions.map(\.1))
        var results: [EventID: (offset: Int64, results: Filter.PayloadResults)] = [:]
        for ((id, position), record) in zip(positions, records) {
            let payload = try? record.map { try RecordDecoder.decode($0.record).event.payload }
            results[id] = (position.offset, filter.payloadResults(payload ?? nil))
        }
        let time = now().microseconds
        wake { state in
            for id in ids {
                if let (offset, results) = results[id] { state.queue.payloads.keep(results, of: id, offset: offset) }
                self.reconsider(id, &state.queue, at: time)
            }
            return false
        }
    }

    /// Looks at a source again, as the index has it now.
    private func reconsider(_ id: EventID, _ queue: inout QueueState, at time: Int64) {
        guard let (source, job) = index.source(id, target: key.target) else { return queue.forget(id) }
        source.withEvent(0) { view in
            guard view.status == .finished, key.isSource(view.topic) else { return queue.forget(id) }
            guard queue.sources[id] != nil || queue.unread.contains(id) || queue.covers(SourceKey(view)) else { return }
            queue.consider(view, job, at: time)
        }
    }

    // MARK: - Following the index

    /// Takes in what was applied to the index.
    func absorb(_ touches: [TopicWatch.Touch], _ events: TouchedEvents, _ batch: RecordBatch) {
        let time = now().microseconds
        wake { state in
            var isMore = false
            var seen: Set<EventID> = []
            for touch in touches {
                if let removed = touch.removed, !events.has(touch.id) {
                    self.absorb(touch.id, removed, &state.queue, at: time)
                } else if seen.insert(touch.id).inserted {
                    events.withEvent(touch.id) { view in
                        if self.key.isSource(view.topic) {
                            self.keepPayload(of: view, batch, &state.queue)
                            self.reconsider(view.id, &state.queue, at: time)
                            isMore = isMore || !state.queue.covers(SourceKey(view))
                        }
                        if view.topic.isEqual(to: self.key.target) {
                            self.absorbJob(view, touches, batch, &state.queue, at: time)
                        }
                    }
                }
            }
            state.queue.trim()
            return isMore
        }
    }

    private func absorb(
        _ id: EventID, _ removed: TopicWatch.Touch.Removed, _ queue: inout QueueState, at time: Int64
    ) {
        var topic = removed.topic
        if topic.withUTF8({ key.isSource(UnsafeRawBufferPointer($0)) }) { queue.forget(id) }
        if removed.topic == key.target, let source = removed.dependsOn {
            queue.jobRemoved(id, of: source)
            reconsider(source, &queue, at: time)
        }
    }

    private func absorbJob(
        _ view: IndexedEventView, _ touches: [TopicWatch.Touch], _ batch: RecordBatch, _ queue: inout QueueState,
        at time: Int64
    ) {
        guard let source = view.dependsOn, JobHash.isHash(view.hash, of: source, target: key.target) else { return }
        let job = JobFacts(view)
        guard queue.sources[source] != nil else {
            if !job.isOver { reconsider(source, &queue, at: time) }
            return
        }
        if let known = queue.sources[source]?.job, known.id == job.id, known.lastOffset >= job.lastOffset { return }
        var handout: JobMetadata?
        for touch in touches where touch.id == job.id {
            if let found = Self.handout(in: batch, at: touch.offset) { handout = found }
        }
        queue.apply(job, of: source, handout: handout, at: time)
    }

    /// Who got a job by a record; nil when it gave the job to nobody.
    private static func handout(in batch: RecordBatch, at offset: Int64) -> JobMetadata? {
        guard let record = batch.record(at: offset), let entry = try? RecordDecoder.decode(record) else { return nil }
        let isHandout =
            switch entry.operation {
            case .created: true
            case .changed: entry.changes.isSuperset(of: [.status, .sender, .retries]) && entry.event.status == .pending
            case .deleted: false
            }
        return isHandout ? JobMetadata(entry.event.metadata) : nil
    }

    /// Works the conditions on a payload out while its record is at hand.
    private func keepPayload(of view: IndexedEventView, _ batch: RecordBatch, _ queue: inout QueueState) {
        guard let filter = key.filter, filter.readsPayload, let position = view.payloadPosition,
            position.partition == batch.partition, let value = batch.record(at: position.offset)?.value
        else { return }
        let type = String(decoding: view.contentType, as: UTF8.self)
        queue.payloads.keep(
            filter.payloadResults(Payload(contentType: type, bytes: value)), of: view.id, offset: position.offset)
    }

    // MARK: - Waiting

    /// Waits until there may be something for a holder.
    func wait(for holder: Holder, until deadline: ContinuousClock.Instant) async {
        var end = deadline
        if let timer = state.withLock({ $0.queue.nextTimer }) {
            let pause = Duration.microseconds(max(timer - now().microseconds, 0)) + .milliseconds(1)
            end = min(end, .now.advanced(by: pause))
        }
        await withTaskGroup(of: Void.self) { [end] group in
            group.addTask { await self.change(for: holder) }
            group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Who was woken and takes nothing lets the next one in.
    func passOn() {
        wake { _ in false }
    }

    private func change(for holder: Holder) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.cancelled.remove(id) != nil || state.isRetired || state.queue.hasChoice(for: holder) {
                        return true
                    }
                    state.waiters.append(Waiter(id: id, holder: holder, continuation: continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                guard let at = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil as Waiter?
                }
                return state.waiters.remove(at: at)
            }
            waiter?.continuation.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    /// Does something to the queue and wakes as many of those who wait as may find something.
    ///
    /// - Parameter body: tells whether all of them are to look.
    private func wake(_ body: (inout State) -> Bool) {
        let woken: [Waiter] = state.withLock { state in
            let all = body(&state)
            guard !state.waiters.isEmpty else { return [] }
            let isForAll = all || key.isSequential || !state.queue.unread.isEmpty
            let count = isForAll ? state.waiters.count : min(state.queue.readyCount, state.waiters.count)
            defer { state.waiters.removeFirst(count) }
            return Array(state.waiters.prefix(count))
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    // MARK: - Telling

    func summary() -> QueueSummary {
        let time = now().microseconds
        return state.withLock { state in
            state.queue.pass(to: time)
            state.queue.hideOld(at: time)
            return QueueSummary(state.queue)
        }
    }
}

extension RecordBatch {
    /// The record of the batch at an offset.
    fileprivate func record(at offset: Int64) -> Record? {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < records.count && records[low].offset == offset ? records[low].record : nil
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func isEqual(to text: String) -> Bool {
        var text = text
        return text.withUTF8 { isEqual(to: UnsafeRawBufferPointer($0)) }
    }
}

/// Events that were touched, as the index has them afterwards.
struct TouchedEvents {
    private let packed: PackedEvents
    private var numbers: [EventID: Int] = [:]

    init(_ packed: PackedEvents) {
        self.packed = packed
        for at in 0..<packed.count { numbers[packed.withEvent(at) { $0.id }] = at }
    }

    func has(_ id: EventID) -> Bool { numbers[id] != nil }

    func withEvent(_ id: EventID, _ body: (IndexedEventView) -> Void) {
        if let number = numbers[id] { packed.withEvent(number, body) }
    }
}
