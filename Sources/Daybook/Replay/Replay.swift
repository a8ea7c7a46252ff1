/// Reads a stretch of the past again: the records of history whose topic matches, each partition in its order.
///
/// Between partitions there is no order. ``run(_:)`` gives batches with the vector from which a later replay goes on,
/// so that an interrupted one loses and repeats nothing.
public struct Replay: Sendable {
    /// What is read.
    public struct Request: Sendable, Hashable {
        /// Topics that match one of these; all when empty.
        public var topics: [TopicPattern]
        /// Records that meet this; nil is all. Those that are no events meet none.
        public var filter: Filter?
        public var start: Start
        public var end: End

        public init(
            topics: [TopicPattern] = [], filter: Filter? = nil, start: Start = .earliest, end: End = .now
        ) {
            self.topics = topics
            self.filter = filter
            self.start = start
            self.end = end
        }
    }

    public enum Start: Sendable, Hashable {
        case earliest
        case latest
        /// Records with this log time or a later one.
        case time(Timestamp)
        /// The given partitions from their offsets, all others from the earliest: what ``Batch/resume`` says.
        case positions(PositionVector)
    }

    public enum End: Sendable, Hashable {
        /// The ends that the partitions have when the replay starts.
        case now
        /// Before the first record with this log time or a later one.
        case time(Timestamp)
        /// Never: go on with what is appended, also in streams made later.
        case never
    }

    /// Some records of one partition.
    public struct Batch: Sendable {
        public var partition: StreamPartition
        public var records: [StoredRecord]
        /// Where the whole replay would go on behind this batch.
        public var resume: PositionVector
    }

    private let catalog: StreamCatalog
    private let request: Request

    public init(catalog: StreamCatalog, request: Request) {
        self.catalog = catalog
        self.request = request
    }

    /// Hands batches to the body until the end is reached (then it returns where that was), the body throws, or the
    /// task is cancelled.
    ///
    /// - Throws: ``LogError/outOfRange(position:available:)`` when a position to start from is no longer stored.
    @discardableResult
    public func run(_ body: (Batch) async throws -> Void) async throws -> PositionVector {
        let streams = catalog.historyStreams
        let partitions = streams.flatMap(\.allPartitions)
        let marks = try await catalog.log.watermarks(of: partitions)
        var starts: [StreamPartition: Int64] = [:]
        var ends: [StreamPartition: Int64] = [:]
        for partition in partitions {
            guard let range = marks[partition] else { continue }
            starts[partition] = try await start(of: partition, range: range)
            ends[partition] = try await end(of: partition, range: range)
        }
        var resume = PositionVector(starts)
        var open = Set(partitions.filter { (starts[$0] ?? 0) < (ends[$0] ?? .max) })
        if open.isEmpty, request.end != .never { return resume }
        let reader = try await catalog.log.reader(from: starts.filter { open.contains($0.key) })
        let follower = followNewStreams(known: Set(streams.map(\.name)), reader: reader)
        defer { follower?.cancel() }
        do {
            while !open.isEmpty || request.end == .never {
                let batch = try await reader.next(maximum: 1000)
                let end = ends[batch.partition] ?? .max
                let within = batch.records.filter { $0.offset < end }
                resume[batch.partition] = min(batch.nextOffset, end)
                if batch.nextOffset >= end { open.remove(batch.partition) }
                let wanted = within.filter(matches)
                if !wanted.isEmpty {
                    try await body(Batch(partition: batch.partition, records: wanted, resume: resume))
                }
            }
            await reader.close()
            return resume
        } catch {
            await reader.close()
            throw error
        }
    }

    private func start(of partition: StreamPartition, range: Watermarks) async throws -> Int64 {
        switch request.start {
        case .earliest: return range.low
        case .latest: return range.end
        case .time(let time): return try await catalog.log.offset(in: partition, at: time)
        case .positions(let vector):
            guard let offset = vector[partition] else { return range.low }
            guard offset >= range.low, offset <= range.end else {
                throw LogError.outOfRange(position: Position(partition, offset), available: range)
            }
            return offset
        }
    }

    private func end(of partition: StreamPartition, range: Watermarks) async throws -> Int64? {
        switch request.end {
        case .now: range.end
        case .time(let time): min(try await catalog.log.offset(in: partition, at: time), range.end)
        case .never: nil
        }
    }

    /// Adds streams that come into being while an endless replay runs, from their beginning.
    private func followNewStreams(known: Set<String>, reader: any LogReader) -> Task<Void, Never>? {
        guard request.end == .never else { return nil }
        let updates = catalog.observe()
        return Task {
            var known = known
            for await streams in updates {
                let added = streams.filter { known.insert($0.name).inserted }
                guard !added.isEmpty else { continue }
                let starts = Dictionary(uniqueKeysWithValues: added.flatMap(\.allPartitions).map { ($0, Int64(0)) })
                try? await reader.add(starts)
            }
        }
    }

    private func matches(_ stored: StoredRecord) -> Bool {
        if let filter = request.filter {
            guard (try? filter.matches(stored)) == true else { return false }
        }
        guard !request.topics.isEmpty else { return true }
        return stored.record.topicBytes { topic in request.topics.contains { $0.matches(topic) } } ?? false
    }
}

extension Record {
    /// Calls the body with the bytes of the topic; nil when the record is no CloudEvent.
    func topicBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let found: Result?? = headers.withHeaderBytes { iterator in
            while let (name, value) = try? iterator.next() {
                if WireHeader(name: name) == .type { return value.map(body) }
            }
            return nil
        }
        if let found { return found }
        guard let binary = try? StructuredMode.binary(from: self) else { return nil }
        return binary.topicBytes(body)
    }
}
