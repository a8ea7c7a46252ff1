public import Daybook
import Synchronization

/// Publishers that race for hashes, each sending an event for every hash, and what must hold afterwards (guarantee G3).
public struct HashRace: Sendable {
    public var hashes: [String]
    public var batch: Int
    private let topic: String

    /// - Parameter batch: how many events a publisher sends at once.
    public init(hashes: Int, batch: Int = 100, topic: String = "race.run") {
        self.hashes = (0..<hashes).map { "\(topic)-\($0)" }
        self.batch = batch
        self.topic = topic
    }

    /// Lets the publishers race; each sends again what got no answer.
    ///
    /// - Returns: for each hash the one event that all were told.
    /// - Throws: ``ContractViolation`` when they were told different ones.
    public func run(_ publishers: [Publisher]) async throws -> [String: EventID] {
        let told = Watched<[String: Set<EventID>]>([:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for publisher in publishers {
                group.addTask { try await send(publisher, told) }
            }
            try await group.waitForAll()
        }
        var winners: [String: EventID] = [:]
        for hash in hashes {
            let ids = told.value[hash, default: []]
            guard ids.count == 1, let id = ids.first else {
                throw ContractViolation("publishers of \(hash) were told \(ids.count) events: \(ids.sorted())")
            }
            winners[hash] = id
        }
        return winners
    }

    private func send(_ publisher: Publisher, _ told: Watched<[String: Set<EventID>]>) async throws {
        var open = hashes.shuffled().map { Event(topic: topic, hash: $0) }
        while !open.isEmpty {
            let batch = Array(open.prefix(batch))
            open.removeFirst(batch.count)
            for (event, result) in zip(batch, await publisher.publish(batch)) {
                let winner: EventID
                switch result {
                case .success(let published): winner = published.id
                case .failure(.duplicate(let id, _)): winner = id
                case .failure(.log(let error)) where error.isRetriable:
                    // With its id, so that it may have been stored.
                    open.append(event)
                    continue
                case .failure(let error): throw error
                }
                told.update { $0[event.hash ?? "", default: []].insert(winner) }
            }
        }
    }

    /// Checks that the log holds the winners and nothing else.
    public func check(_ winners: [String: EventID], in catalog: StreamCatalog) async throws {
        var found: [String: [EventID]] = [:]
        for stream in catalog.historyStreams {
            let ranges = try await catalog.log.watermarks(of: stream.allPartitions).filter {
                $0.value.low < $0.value.end
            }
            guard !ranges.isEmpty else { continue }
            var open = ranges.mapValues(\.end)
            let reader = try await catalog.log.reader(from: ranges.mapValues(\.low))
            while !open.isEmpty {
                let batch = try await reader.next(maximum: 1000)
                for stored in batch.records {
                    let record = try RecordDecoder.decode(stored.record)
                    if record.operation == .created, let hash = record.event.hash {
                        found[hash, default: []].append(record.event.id)
                    }
                }
                if batch.nextOffset >= open[batch.partition] ?? 0 { open[batch.partition] = nil }
            }
            await reader.close()
        }
        for (hash, winner) in winners where found[hash] != [winner] {
            throw ContractViolation("the log has \(found[hash] ?? []) for \(hash); told was \(winner)")
        }
    }
}
