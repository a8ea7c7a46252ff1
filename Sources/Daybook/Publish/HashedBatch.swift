/// A batch of writes of which some concern a hash: these go to the arbiter, the others straight to the log.
struct HashedBatch<Write: RecordWrite> {
    private let writes: [Write]
    /// By the number of the write.
    private var records: [Int: NewRecord] = [:]
    private let refused: [Int: PublishError]
    private let hashed: Set<Int>
    private let catalog: StreamCatalog
    private let holder: Holder?

    /// - Parameters:
    ///   - records: of the writes that were not refused, in order.
    ///   - hashed: the numbers of those that concern a hash.
    init(
        _ writes: [Write], _ records: [NewRecord], _ refused: [Int: PublishError], _ hashed: Set<Int>,
        _ catalog: StreamCatalog, _ holder: Holder?
    ) {
        self.writes = writes
        self.refused = refused
        self.hashed = hashed
        self.catalog = catalog
        self.holder = holder
        for (at, record) in zip(writes.indices.filter { refused[$0] == nil }, records) { self.records[at] = record }
    }

    /// Writes all; the outcomes are in the order of the writes.
    func write(_ arbiter: any Arbiter) async -> [Result<Published, PublishError>] {
        var results: [Int: Result<Published, PublishError>] = refused.mapValues { .failure($0) }
        for run in runs {
            let (plain, decided) = (run.filter { !hashed.contains($0) }, run.filter { hashed.contains($0) })
            async let appended = append(plain)
            async let verdicts = decide(decided, arbiter)
            results.merge(await appended) { $1 }
            results.merge(await verdicts) { $1 }
        }
        return writes.indices.map { results[$0] ?? .failure(.batchAborted) }
    }

    /// The numbers of the writes in pieces, to be written one after the other. In a piece no write that concerns a hash
    /// shares its ordering key with one that does not: these take different ways, and the one could overtake the other.
    private var runs: [[Int]] {
        var runs: [[Int]] = [[]]
        var ways: [[UInt8]: Bool] = [:]
        for at in writes.indices {
            guard let key = records[at]?.record.key else { continue }
            let isHashed = hashed.contains(at)
            if let way = ways[key], way != isHashed {
                runs.append([])
                ways.removeAll(keepingCapacity: true)
            }
            ways[key] = isHashed
            runs[runs.count - 1].append(at)
        }
        return runs
    }

    private func append(_ numbers: [Int]) async -> [Int: Result<Published, PublishError>] {
        guard !numbers.isEmpty else { return [:] }
        let outcomes = await catalog.log.append(numbers.compactMap { records[$0] })
        return Dictionary(
            zip(numbers, outcomes).map { at, outcome in
                (at, outcome.map { writes[at].published($0) }.mapError { .log($0) })
            }, uniquingKeysWith: { $1 })
    }

    private func decide(_ numbers: [Int], _ arbiter: any Arbiter) async -> [Int: Result<Published, PublishError>] {
        guard !numbers.isEmpty else { return [:] }
        let requests = numbers.compactMap { at in
            records[at].map { writes[at].request($0, catalog, holder: holder) }
        }
        let verdicts = await arbiter.decide(requests)
        return Dictionary(
            zip(numbers, verdicts).map { at, outcome in
                switch outcome {
                case .success(let verdict): (at, writes[at].published(verdict))
                case .failure(let error): (at, .failure(.log(error)))
                }
            }, uniquingKeysWith: { $1 })
    }
}
