/// A batch of writes of which some concern a hash: these go to the arbiter, the others straight to the log.
struct HashedBatch<Write: RecordWrite> {
    private let writes: [Write]
    /// By the number of the write; nil of those that were refused.
    private var records: [NewRecord?]
    private let refused: [Int: PublishError]
    /// By the number of the write.
    private let isHashed: [Bool]
    private let catalog: StreamCatalog
    private let holder: Holder?

    /// - Parameters:
    ///   - records: of the writes that were not refused, in order.
    ///   - isHashed: which writes concern a hash, by their numbers.
    init(
        _ writes: [Write], _ records: [NewRecord], _ refused: [Int: PublishError], _ isHashed: [Bool],
        _ catalog: StreamCatalog, _ holder: Holder?
    ) {
        self.writes = writes
        self.refused = refused
        self.isHashed = isHashed
        self.catalog = catalog
        self.holder = holder
        guard !refused.isEmpty else {
            self.records = records
            return
        }
        var rest = records[...]
        self.records = writes.indices.map { refused[$0] == nil ? rest.popFirst() : nil }
    }

    /// Writes all; the outcomes are in the order of the writes.
    func write(_ arbiter: any Arbiter) async -> [Result<Published, PublishError>] {
        var results: [Result<Published, PublishError>?] = Array(repeating: nil, count: writes.count)
        for (at, error) in refused { results[at] = .failure(error) }
        for run in runs {
            let (plain, decided) = (run.filter { !isHashed[$0] }, run.filter { isHashed[$0] })
            async let appended = append(plain)
            async let verdicts = decide(decided, arbiter)
            for (at, result) in zip(plain, await appended) { results[at] = result }
            for (at, result) in zip(decided, await verdicts) { results[at] = result }
        }
        return results.map { $0 ?? .failure(.batchAborted) }
    }

    /// The numbers of the writes in pieces, to be written one after the other. In a piece no write that concerns a hash
    /// shares its ordering key with one that does not: these take different ways, and the one could overtake the other.
    private var runs: [[Int]] {
        let accepted = writes.indices.filter { records[$0] != nil }
        // Most often all go one way.
        guard accepted.contains(where: { isHashed[$0] }), accepted.contains(where: { !isHashed[$0] }) else {
            return [accepted]
        }
        var runs: [[Int]] = [[]]
        var ways: [[UInt8]: Bool] = [:]
        for at in accepted {
            let key = records[at]?.record.key ?? []
            if let way = ways[key], way != isHashed[at] {
                runs.append([])
                ways.removeAll(keepingCapacity: true)
            }
            ways[key] = isHashed[at]
            runs[runs.count - 1].append(at)
        }
        return runs
    }

    /// The outcomes are in the order of the numbers.
    private func append(_ numbers: [Int]) async -> [Result<Published, PublishError>] {
        guard !numbers.isEmpty else { return [] }
        let outcomes = await catalog.log.append(numbers.compactMap { records[$0] })
        return zip(numbers, outcomes).map { at, outcome in
            outcome.map { writes[at].published($0) }.mapError { .log($0) }
        }
    }

    private func decide(_ numbers: [Int], _ arbiter: any Arbiter) async -> [Result<Published, PublishError>] {
        guard !numbers.isEmpty else { return [] }
        let refused = await reserve(numbers, arbiter)
        let granted = refused.isEmpty ? numbers : numbers.filter { refused[$0] == nil }
        let requests = granted.compactMap { at in
            records[at].map { writes[at].request($0, catalog, holder: holder) }
        }
        var verdicts = (requests.isEmpty ? [] : await arbiter.decide(requests)).makeIterator()
        return numbers.map { at in
            if !refused.isEmpty, let error = refused[at] { return .failure(error) }
            switch verdicts.next() {
            case .success(let verdict): return writes[at].published(verdict)
            case .failure(let error): return .failure(.log(error))
            case nil: return .failure(.log(.outcomeUnknown("the arbiter gave fewer answers than it got requests")))
            }
        }
    }

    /// Asks for what has to be granted first.
    ///
    /// - Returns: why not, by the number of the write.
    private func reserve(_ numbers: [Int], _ arbiter: any Arbiter) async -> [Int: PublishError] {
        var asking: [Int] = []
        var requests: [HashRequest] = []
        for at in numbers {
            guard let record = records[at], let request = writes[at].reservation(record, holder: holder) else {
                continue
            }
            asking.append(at)
            requests.append(request)
        }
        guard !requests.isEmpty else { return [:] }
        var refused: [Int: PublishError] = [:]
        for (at, answer) in zip(asking, await arbiter.decide(requests)) {
            switch answer {
            case .success(.done), .success(.repeated): continue
            case .success(let verdict): refused[at] = PublishError(verdict)
            case .failure(let error): refused[at] = .log(error)
            }
        }
        return refused
    }
}
