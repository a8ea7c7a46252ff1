public import Daybook
import Synchronization

/// The state of all events, folded from the history streams: who asks what happened, what is running and how far along
/// it is, is answered from here.
///
/// One task writes (the ``Projector``), any number of tasks read. The index is locked for short stretches only, about a
/// millisecond at most: what takes longer is done in slices.
///
/// What it holds is a function of the records applied and of its bounds, never of the clock nor of the order in which
/// partitions were read (guarantee G5).
public final class EventIndex: Sendable {
    /// How long the index may stay locked for one slice of work.
    static let slice = Duration.microseconds(500)

    /// So many records take well below a slice to apply, some 2 µs each.
    private static let shortBatch = 64

    public let bounds: IndexBounds
    private let state: Mutex<IndexState>
    /// How many readers wait for the lock. The writer steps back for them, since the lock is not fair.
    private let waitingReaders = Atomic<Int>(0)

    public init(bounds: IndexBounds = IndexBounds()) {
        self.bounds = bounds
        state = Mutex(IndexState(bounds: bounds))
    }

    // MARK: - Locking

    func read<Result>(_ body: (inout IndexState) throws -> sending Result) rethrows -> sending Result {
        waitingReaders.add(1, ordering: .relaxed)
        return try state.withLock { state in
            waitingReaders.subtract(1, ordering: .relaxed)
            return try body(&state)
        }
    }

    /// Between two slices of writing: lets readers in that wait.
    private func stepBack() async {
        var rounds = 0
        while waitingReaders.load(ordering: .relaxed) > 0, rounds < 100 {
            await Task.yield()
            rounds += 1
        }
    }

    // MARK: - Writing

    /// Makes a partition known, to be read from an offset on. Nothing happens when it is known already.
    public func add(_ partition: StreamPartition, next: Int64) {
        state.withLock { _ = $0.partitions.add(partition, next: next) }
    }

    /// Whether a batch is short, and nobody has the index locked.
    func canApplyAtOnce(_ batch: RecordBatch) -> Bool {
        batch.records.count <= Self.shortBatch && state.withLockIfAvailable { _ in true } == true
    }

    /// Applies records of a history stream. One task at a time may apply.
    ///
    /// Records that were applied before are passed over.
    public func apply(_ batch: RecordBatch) async {
        var at = 0
        while true {
            let isDone = state.withLock { $0.apply(batch, from: &at, until: .now.advanced(by: Self.slice)) }
            if isDone { return }
            await stepBack()
        }
    }

    /// Applies records of the signals stream.
    public func applySignals(_ batch: RecordBatch) async {
        var at = 0
        while at < batch.records.count {
            let end = min(at + 256, batch.records.count)
            state.withLock { state in
                for record in batch.records[at..<end] { state.applySignal(record) }
            }
            at = end
            if at < batch.records.count { await stepBack() }
        }
    }

    /// Removes the events whose `created` record has left the log.
    ///
    /// - Parameter low: the first offset of the partition that the log still holds.
    public func trim(_ partition: StreamPartition, below low: Int64) async {
        while true {
            let hasMore = state.withLock { state in
                guard let number = state.partitions.number(of: partition) else { return false }
                defer { state.collectGarbage() }
                return state.trim(number, below: low, limit: 200)
            }
            guard hasMore else { return }
            await stepBack()
        }
    }

    /// Puts what a snapshot held in the place of all that the index holds.
    func adopt(_ restored: RestoredIndex) {
        state.withLock { state in
            guard var new = restored.take() else { return }
            new.watch = state.watch
            state = new
        }
    }

    /// Follows what becomes of events of these topics from now on.
    func watch(_ patterns: [TopicPattern]) {
        state.withLock { $0.watch.follow(patterns) }
    }

    /// What was applied since the last call, of the topics that are followed, and these events as they are now.
    func takeTouches() -> (touches: [TopicWatch.Touch], events: PackedEvents) {
        state.withLock { state in
            let touches = state.watch.take()
            var packed = PackedEvents()
            packed.partitions = state.partitions.ids
            var seen: Set<EventID> = []
            for touch in touches where seen.insert(touch.id).inserted {
                if let row = state.row(of: touch.id) { state.pack(row, into: &packed) }
            }
            return (touches, packed)
        }
    }

    /// Forgets a partition and sets it to be read from an offset on.
    public func restart(_ partition: StreamPartition, at next: Int64) async {
        add(partition, next: next)
        await trim(partition, below: .max)
        state.withLock { state in
            if let number = state.partitions.number(of: partition) { state.partitions.restart(number, at: next) }
        }
    }

    // MARK: - Reading

    /// The offset of the next record to be applied, for each partition.
    public var positions: PositionVector { read { $0.partitions.positions } }

    /// The offset of the next record of a partition to be applied; nil for a partition the index does not know.
    public func position(of partition: StreamPartition) -> Int64? {
        read { state in state.partitions.number(of: partition).map { state.partitions[$0].next } }
    }

    /// What the index holds now, to be read at leisure.
    func image() -> IndexImage { read { $0.image() } }

    /// An event by its id; nil when the index does not have it.
    public func event(_ id: EventID) -> IndexedEvent? {
        withEvent(id) { IndexedEvent($0) }
    }

    /// Calls the body with an event; nil when the index does not have it. The index is not locked meanwhile.
    public func withEvent<Result>(_ id: EventID, _ body: (IndexedEventView) throws -> Result) rethrows -> Result? {
        let packed: PackedEvents? = read { state in
            guard let row = state.row(of: id) else { return nil }
            var packed = PackedEvents()
            packed.partitions = state.partitions.ids
            state.pack(row, into: &packed)
            return packed
        }
        return try packed?.withEvent(0, body)
    }

    /// A page of the events that meet the conditions.
    ///
    /// - Throws: ``QueryError``; `CancellationError`.
    public func query(_ query: EventQuery) async throws -> EventPage {
        var scan = try QueryScan(query)
        while true {
            let (next, isDone) = read { state in
                var scan = scan
                let isDone = scan.advance(state, until: .now.advanced(by: Self.slice))
                return (scan, isDone)
            }
            scan = next
            if isDone { return scan.page() }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// A page of the events that depend on an event, oldest first.
    public func children(of id: EventID, limit: Int = 100, cursor: QueryCursor? = nil) async throws -> EventPage {
        var query = EventQuery()
        query.dependsOn = [id]
        query.order = .ascending
        query.limit = limit
        query.cursor = cursor
        return try await self.query(query)
    }
}
