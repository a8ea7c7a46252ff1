import Daybook
import Logging

/// Decides the requests of one partition of the inbox, in order, while this process holds it.
actor PartitionArbiter: HashSnapshots.Keeper {
    /// What is read of a request: it, or why it cannot be decided.
    private struct Item {
        var offset: Int64
        var time: Timestamp
        var asker: InboxRecord.Asker?
        var request: Result<HashRequest, InvalidRecord>
    }

    /// What becomes of requests, and the records that tell of it besides those of events.
    private struct Settled: Sendable {
        var verdicts: [Verdict]
        var states: [NewRecord]
        var answers: [NewRecord]
    }

    /// How many answers one record of verdicts holds.
    private static let answersPerRecord = 2000
    /// What a record may grow by on its way into history.
    private static let growth = 64

    private let catalog: StreamCatalog
    private let partition: StreamPartition
    private let group: String
    private let member: any GroupMember
    private let maximumHashes: Int
    private let snapshots: HashSnapshots?
    private let logger: Logger
    /// Gets what was committed.
    private let onVerdicts: @Sendable ([Verdict]) -> Void
    private var memory: ArbiterMemory
    private var writer: (any TransactionalWriter)?
    /// The next request to be decided.
    private var position: Int64 = 0
    private var lastTime = Timestamp(microseconds: 0)

    init(
        _ catalog: StreamCatalog, _ partition: StreamPartition, group: String, member: any GroupMember,
        maximumHashes: Int, snapshots: HashSnapshots?, logger: Logger,
        onVerdicts: @escaping @Sendable ([Verdict]) -> Void
    ) {
        self.onVerdicts = onVerdicts
        self.catalog = catalog
        self.partition = partition
        self.group = group
        self.member = member
        self.maximumHashes = maximumHashes
        self.snapshots = snapshots
        self.logger = logger
        memory = ArbiterMemory(maximumHashes: maximumHashes, asOf: .now)
    }

    var statistics: ArbiterStatistics { memory.statistics }

    /// The name its snapshot has.
    nonisolated var name: String { "hashes-\(partition.partition)" }

    func image() async -> HashSnapshot.Image? {
        await withCheckedContinuation { memory.giveImage(to: $0) }
    }

    /// Another process may have the partition by now, and this one not know yet.
    func renew() {}

    func loseImage() { memory.loseImage() }

    /// Takes the partition over. The order matters: fencing the former owner comes first, since until then it may commit
    /// decisions, and what it committed has to be read.
    func open() async throws {
        let log = catalog.log
        let writer = try await log.transactionalWriter(
            id: "\(catalog.layout.prefix)-arbiter-\(partition.partition)")
        self.writer = writer
        if let committed = try await log.committedPositions(group: group, of: [partition])[partition] {
            position = committed
        } else {
            position = try await log.watermarks(of: [partition])[partition]?.low ?? 0
        }
        let restored = try await HashSnapshots.restore(
            name, [StreamPartition(catalog.layout.dedup.name, partition.partition)], of: log,
            maximumHashes: maximumHashes, from: snapshots)
        if let restored = restored.take() { memory = restored }
    }

    func close() async {
        await writer?.close()
        writer = nil
    }

    /// Decides requests as they were read.
    ///
    /// - Throws: ``LogError``: give the partition up.
    func decide(_ batch: RecordBatch) async throws {
        let records = batch.records.filter { $0.offset >= position }
        guard batch.nextOffset > position else { return }
        var items: [Item] = []
        items.reserveCapacity(records.count)
        for stored in records { items.append(try await read(stored)) }
        try await decide(items[...], next: batch.nextOffset)
    }

    private func decide(_ items: ArraySlice<Item>, next: Int64) async throws {
        do {
            try await commit(items, next: next)
        } catch let error as LogError where Self.isAboutRecords(error) {
            // One of them cannot be stored. The others can.
            guard items.count > 1 else {
                guard var item = items.first, case .success = item.request else { throw error }
                logger.warning(
                    "a request cannot be stored", metadata: ["offset": "\(item.offset)", "error": "\(error)"])
                item.request = .failure(InvalidRecord(error.description))
                return try await commit([item], next: next)
            }
            let middle = items.startIndex + items.count / 2
            try await decide(items[..<middle], next: items[middle].offset)
            try await decide(items[middle...], next: next)
        }
    }

    /// Whether what was written is at fault, and not the log.
    private static func isAboutRecords(_ error: LogError) -> Bool {
        switch error {
        case .tooLarge, .unknownPartition: true
        default: false
        }
    }

    // MARK: - Reading

    private func read(_ stored: StoredRecord) async throws -> Item {
        // Log times do not fall within a partition.
        lastTime = max(lastTime, stored.time)
        var item = Item(
            offset: stored.offset, time: lastTime, asker: nil, request: .failure(InvalidRecord("not read")))
        do {
            let inbox = try InboxRecord.decode(stored.record)
            item.asker = inbox.asker
            guard let digest = stored.record.key.flatMap({ HashDigest(bytes: $0) }),
                StreamLayout.arbiterPartition(of: digest) == partition.partition
            else { throw InvalidRecord("the request lies in another partition than its key asks for") }
            var request: HashRequest
            if let asked = inbox.request {
                request = asked
            } else {
                request = try await foreign(inbox.record, digest)
            }
            guard try await isWritable(request.target) else {
                throw InvalidRecord("there is no partition \(request.target) of a history or signals stream")
            }
            request.record.headers.append("ce_inboxoffset", "\(stored.offset)")
            item.request = .success(request)
        } catch let error as InvalidRecord {
            logger.warning(
                "a request of the inbox cannot be read", metadata: ["offset": "\(stored.offset)", "error": "\(error)"])
            item.request = .failure(error)
        }
        return item
    }

    /// Looks into the catalog before it says no: what this server has not heard of yet must not decide.
    private func isWritable(_ target: StreamPartition) async throws -> Bool {
        let stream = try await catalog.currentSpecification(named: target.stream)
        return stream.map { (0..<$0.partitions).contains(target.partition) } ?? false
    }

    /// The publish that somebody else's CloudEvent is.
    private func foreign(_ record: Record, _ digest: HashDigest) async throws -> HashRequest {
        let event = try RecordDecoder.decode(record).event
        let stream = try await catalog.stream(forTopic: event.topic)
        let number = Partitioner.partition(of: record.key ?? [], partitions: stream.partitions)
        return HashRequest(
            .publish(HashTerms(window: catalog.layout.hashWindow(ofTopic: event.topic))), digest: digest,
            event: event.id, record: record, target: StreamPartition(stream.name, number))
    }

    // MARK: - Deciding

    /// Decides and writes everything in one transaction, the position included.
    private func commit(_ items: ArraySlice<Item>, next: Int64) async throws {
        guard let writer else { throw LogError.closed }
        for item in items {
            if case .success(let request) = item.request { memory.decider.decide(request, at: item.time) }
        }
        do {
            try memory.decider.sweep(at: lastTime)
            let appends = memory.decider.appends
            let (partition, member) = (partition, member)
            let (settled, stored) = try await writer.transaction { [self] transaction in
                let appended = appends.isEmpty ? [] : try await transaction.append(appends)
                let settled = try await settle(items, appended)
                let records = settled.states + settled.answers
                let stored = records.isEmpty ? [] : try await transaction.append(records)
                try await transaction.commit([partition: next], of: member)
                return (settled, stored)
            }
            memory.commit(settled.states, stored)
            onVerdicts(settled.verdicts)
            position = next
        } catch {
            memory.rollBack(mayBeStored: (error as? LogError)?.mayBeStored != false)
            throw error
        }
    }

    /// What goes with the decisions: the states they leave, and the answers.
    private func settle(_ items: ArraySlice<Item>, _ appended: [Appended]) throws -> Settled {
        let settled = try memory.decider.settle(appended)
        let dedup = StreamPartition(catalog.layout.dedup.name, partition.partition)
        var records: [NewRecord] = []
        var answers: [InboxRecord.Asker: [(number: Int64, verdict: Verdict)]] = [:]
        var verdicts = settled.verdicts.makeIterator()
        for item in items {
            let verdict: Verdict? =
                switch item.request {
                case .success: verdicts.next()
                case .failure(let error): .invalid(error.reason)
                }
            guard var asker = item.asker, let verdict, catalog.layout.verdicts.hasPartition(asker.partition) else {
                continue
            }
            let number = asker.number
            asker.number = 0
            answers[asker, default: []].append((number, verdict))
        }
        for (asker, answers) in answers {
            let partition = StreamPartition(catalog.layout.verdicts.name, asker.partition)
            for start in stride(from: 0, to: answers.count, by: Self.answersPerRecord) {
                let piece = Array(answers[start..<min(start + Self.answersPerRecord, answers.count)])
                records.append(NewRecord(partition, VerdictRecord.encode(piece, to: asker.name)))
            }
        }
        return Settled(
            verdicts: settled.verdicts, states: settled.states.map { DedupStream.record($0, $1, in: dedup) },
            answers: records)
    }
}

extension StreamSpecification {
    fileprivate func hasPartition(_ number: Int32) -> Bool { (0..<partitions).contains(number) }
}
