import Daybook
import DaybookIndex

/// Who does something next.
extension SimulatedWorld {
    func step() async {
        now += 1
        broker.advance(by: .milliseconds(Int.random(in: 1...60, using: &random)))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<50: serve()
        case 50..<72: clients.randomElement(using: &random)?.step(self)
        case 72..<77: await projectors.randomElement(using: &random)?.step(self)
        case 77..<90: deliver()
        default: disturb()
        }
    }

    private func serve() { servers.randomElement(using: &random)?.step(self) }

    /// Something arrives that is on its way.
    private func deliver() {
        if !broker.flights.isEmpty, Bool.random(using: &random) {
            broker.land(Int.random(in: broker.flights.indices, using: &random))
        } else if let producer = broker.ending.randomElement(using: &random) {
            broker.deliverMarker(of: producer, using: &random)
        }
    }

    private func disturb() {
        let server = servers.randomElement(using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: if chance(rates.crash * 5) { server?.crash(self) }
        case 1: if chance(rates.sleep * 5) { server?.sleep(self) }
        case 2: server?.expire(self)
        case 3: server?.wake(self)
        case 4:
            if chance(rates.rebalance * 5) {
                broker.group.rebalance(using: &random)
                note(.rebalances, "rebalance to generation \(broker.group.generation)")
            }
        case 5:
            if chance(rates.crash * 3) { clients.randomElement(using: &random)?.crash(self) }
            if chance(rates.crash * 3) { projectors.randomElement(using: &random)?.crash() }
        case 6: timeOut()
        case 7: if chance(rates.jump * 5) { broker.advance(by: .seconds(Int.random(in: 1...12, using: &random))) }
        default: clean()
        }
    }

    /// A transaction takes too long.
    private func timeOut() {
        let open = broker.producers.indices.filter {
            broker.producers[$0].transaction.map { $0.isCommit == nil } ?? false
        }
        guard chance(rates.timeout * 10), let producer = open.randomElement(using: &random) else { return }
        broker.abort(producer)
        note(.timeouts, "the transaction of inbox:\(producer) takes too long")
    }

    /// Compaction and retention do their work.
    private func clean() {
        let partition = Int32.random(in: 0..<SimulatedStream.partitions, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<4:
            // Kafka keeps a tombstone for a day, so that whoever reads the stream meanwhile, or from a snapshot on, gets it.
            let isRead = servers.contains { $0.isRestoring }
            let dropped = broker.now.advanced(by: .zero - SimulatedDisk.tombstoneRetention)
            broker[SimulatedStream.dedup(partition)].compact(tombstonesBefore: isRead ? nil : dropped)
            note(.compactions, "dedup:\(partition) is compacted")
        case 4..<6:
            // Seven days are enough for every request to be decided.
            let inbox = SimulatedStream.inbox(partition)
            broker[inbox].trim(below: broker.group.committed[partition] ?? 0)
            note(.retention, "inbox:\(partition) begins at \(broker[inbox].low)")
        case 6:
            // A verdict may be gone before it is read; then the request is sent again.
            let verdicts = StreamPartition("sim.verdicts", partition)
            broker[verdicts].trim(below: broker[verdicts].lastStable)
            note(.retention, "verdicts:\(partition) begins at \(broker[verdicts].low)")
        default:
            guard bounds.maximumEventsPerPartition == nil else { return }
            let history = SimulatedStream.history(partition)
            broker[history].trim(below: unsplit(broker[history].lastStable / 4, history))
            note(.retention, "history:\(partition) begins at \(broker[history].low)")
        }
    }

    /// An offset up to the given one that parts no two `created` records of one event. An index that knows the first
    /// has passed over the second, and loses the event with the first; one that begins behind it has the second.
    private func unsplit(_ limit: Int64, _ history: StreamPartition) -> Int64 {
        var copies: [EventID: (first: Int64, last: Int64)] = [:]
        for case (let offset, _, .event(let record)) in broker[history].everCommitted {
            guard let entry = try? RecordDecoder.decode(record), entry.operation == .created else { continue }
            copies[entry.event.id] = (copies[entry.event.id]?.first ?? offset, offset)
        }
        var limit = limit
        while let split = copies.values.filter({ $0.first < limit && limit <= $0.last }).map(\.first).min() {
            limit = split
        }
        return limit
    }

    // MARK: - The end

    func endingStep() async {
        now += 1
        broker.advance(by: .milliseconds(10))
        for server in servers { server.wake(self) }
        deliver()
        serve()
        clients.randomElement(using: &random)?.endingStep(self)
    }

    /// Whether nothing is under way any more.
    var isSettled: Bool {
        broker.flights.isEmpty && broker.producers.allSatisfy { $0.transaction == nil }
            && !clients.contains { $0.isWaiting }
            && (0..<SimulatedStream.partitions).allSatisfy { partition in
                let inbox = broker[SimulatedStream.inbox(partition)]
                return inbox.read(from: broker.group.committed[partition] ?? 0, maximum: 1).records.isEmpty
            }
    }
}
