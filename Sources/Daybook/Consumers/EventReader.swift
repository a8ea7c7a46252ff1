import Synchronization

/// Reads matching events without a place in the log of its own: for a consumer that keeps its position together with its
/// data, in one transaction of its own storage, so that each event has its effect once.
///
///     let reader = try await EventReader.open(catalog, from: stored.map { .positions($0) } ?? .earliest)
///     for try await batch in reader {
///         try database.write { try apply(batch.events); try save(batch.positions) }
///     }
///
/// Who reads so is alone: one process, all partitions. One task at a time may ask for the next batch. A read that fails
/// may be tried again when its error is retriable (``LogError/isRetriable``): it goes on where it was.
public final class EventReader: AsyncSequence, Sendable {
    /// Some events of one partition.
    public struct Batch: Sendable {
        /// In order. None when there was only something to pass over.
        public var entries: [HistoryEntry]
        /// Where reading goes on behind this batch, in all partitions: what to store.
        public var positions: PositionVector

        public var events: [Event] { entries.map(\.record.event) }
    }

    /// After so many records without a match there is an empty batch, so that the position moves.
    static let longestSilence = 10_000

    private let reader: any LogReader
    private let filter: Filter?
    private let matcher: Registration
    private let maximum: Int
    private let state: Mutex<State>
    private let follower: Task<Void, Never>

    private struct State {
        var positions: PositionVector
        var passedOver = 0
    }

    /// Opens a reader of all history streams; those made later are read from their beginning.
    ///
    /// - Parameters:
    ///   - filter: nil is everything.
    ///   - on: which records.
    ///   - start: partitions that positions do not name begin at their beginning.
    ///   - maximum: at most so many records are read for a batch.
    /// - Throws: ``LogError/outOfRange(position:available:)`` when a position is not stored any more, or not yet: nothing
    ///   is skipped; any other ``LogError``.
    public static func open(
        _ catalog: StreamCatalog, filter: Filter? = nil, on: Set<RecordOperation> = [.created], from start: StartPoint,
        maximum: Int = 1000
    ) async throws -> EventReader {
        let updates = catalog.observe()
        let streams = catalog.historyStreams
        let partitions = streams.flatMap(\.allPartitions)
        if case .positions(let wanted) = start {
            let ranges = try await catalog.log.watermarks(of: partitions)
            for (partition, offset) in wanted.offsets {
                guard let range = ranges[partition] else { throw LogError.unknownPartition(partition) }
                guard offset >= range.low else {
                    throw LogError.outOfRange(position: Position(partition, offset), available: range)
                }
            }
        }
        let starts = try await catalog.log.offsets(at: start, in: partitions)
        let reader = try await catalog.log.reader(from: starts.offsets)
        return EventReader(
            reader, filter, on, maximum, starts, follow: { await follow(updates, streams, reader) })
    }

    private init(
        _ reader: any LogReader, _ filter: Filter?, _ on: Set<RecordOperation>, _ maximum: Int,
        _ starts: PositionVector, follow: @escaping @Sendable () async -> Void
    ) {
        self.reader = reader
        self.filter = filter
        self.maximum = maximum
        matcher = Registration(name: "reader", on: on)
        state = Mutex(State(positions: starts))
        follower = Task { await follow() }
    }

    deinit {
        follower.cancel()
        Task { [reader] in await reader.close() }
    }

    /// Where reading goes on: worth storing before the first batch when the start is not told by positions.
    public var positions: PositionVector { state.withLock { $0.positions } }

    /// The next events; waits until there are some. Nil after ``close()``.
    ///
    /// - Throws: ``LogError``; `CancellationError`.
    public func next() async throws -> Batch? {
        while true {
            let read: RecordBatch
            do {
                read = try await reader.next(maximum: maximum)
            } catch LogError.closed {
                return nil
            }
            let entries = read.records.compactMap { stored in
                matcher.entry(of: stored, filter).map {
                    HistoryEntry(position: Position(read.partition, stored.offset), time: stored.time, record: $0)
                }
            }
            let batch = state.withLock { state -> Batch? in
                state.positions[read.partition] = read.nextOffset
                state.passedOver += read.records.count
                guard !entries.isEmpty || state.passedOver >= Self.longestSilence else { return nil }
                state.passedOver = 0
                return Batch(entries: entries, positions: state.positions)
            }
            if let batch { return batch }
        }
    }

    /// Frees what it holds; who waits is told that it is over.
    public func close() async {
        follower.cancel()
        await reader.close()
    }

    private static func follow(
        _ updates: AsyncStream<[StreamSpecification]>, _ known: [StreamSpecification], _ reader: any LogReader
    ) async {
        var known = Set(known.map(\.name))
        for await streams in updates {
            let new = streams.filter { !known.contains($0.name) }
            guard !new.isEmpty else { continue }
            var backoff = Backoff()
            while !Task.isCancelled {
                do {
                    try await reader.add(
                        Dictionary(uniqueKeysWithValues: new.flatMap(\.allPartitions).map { ($0, Int64(0)) }))
                    known.formUnion(new.map(\.name))
                    break
                } catch LogError.closed {
                    return
                } catch {
                    try? await backoff.wait()
                }
            }
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        let reader: EventReader

        /// - Throws: ``LogError``; `CancellationError`.
        public func next() async throws -> Batch? { try await reader.next() }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(reader: self) }
}
