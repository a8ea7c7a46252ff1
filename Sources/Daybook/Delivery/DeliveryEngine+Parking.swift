import DequeModule
import Logging

/// Deliveries that lie in the retries stream.
extension DeliveryEngine {
    /// A record whose lane has something there goes behind it.
    func follow(_ item: DeliveryItem) {
        enqueue(.park(item, notBefore: options.now(), error: "it waits for an earlier event of its ordering key"))
    }

    /// A delivery lies in the retries stream: it is handed over when its time has come and those before it are settled.
    func park(_ waiting: ParkedLane.Waiting) {
        let lane = waiting.entry.lane
        guard let assignment = partitions[waiting.position.partition]?.assignment else { return }
        parkedLanes[lane, default: ParkedLane(partition: waiting.position.partition, assignment: assignment)]
            .add(waiting)
        goOn(with: lane)
    }

    /// Lets a lane's first delivery wait for its time, or lets the lane go when it has none.
    func goOn(with lane: Lane) {
        guard let parked = parkedLanes[lane], !parked.isUnderWay else { return }
        let assignment = parked.assignment
        guard let first = parked.first else {
            if parked.isDrained { parkedLanes[lane] = nil }
            return
        }
        parkedLanes[lane]?.isUnderWay = true
        let pause = options.now().duration(to: first.entry.notBefore)
        if pause <= .zero {
            Task { await self.fetch(first, assignment) }
        } else {
            parkedLanes[lane]?.isResting = true
            setTimer(in: pause) { engine in
                guard engine.parkedLanes[lane]?.assignment == assignment else { return }
                engine.parkedLanes[lane]?.isResting = false
                Task { await engine.fetch(first, assignment) }
            }
            // The handler is no longer what it waits for.
            tellOfSpace()
        }
    }

    /// Reads a delivery whose time has come, and hands it over.
    private func fetch(_ waiting: ParkedLane.Waiting, _ assignment: Int) async {
        let lane = waiting.entry.lane
        let place = waiting.entry.stored
        do {
            // On Kafka what is committed can be read only when its markers are there, and all transactions that were begun
            // before it are over: until then it would seem to be gone, and what comes behind it would go first.
            try await retries.reached([place.partition: place.offset + 1])
            let stored = try await log.records(at: [place])[0]
            // Settled by somebody else, or given, or about to be, to another member.
            guard parkedLanes[lane]?.assignment == assignment, !leaving.contains(waiting.position.partition) else {
                return
            }
            guard let stored, let delivery = ParkedDelivery(stored.record),
                let item = DeliveryItem(delivery, lane: lane, assignment: assignment)
            else {
                return leave(waiting.position, lane)
            }
            // It could be read when it was put aside.
            guard (try? registration.standing.admits(item.record)) == true else {
                return enqueue(.end(item))
            }
            queue.add(item)
            wakeWorkers()
        } catch {
            guard !isStopping else { return }
            logger.warning("a delivery cannot be read again; trying later", metadata: ["error": "\(error)"])
            setTimer(in: .seconds(1)) { engine in Task { await engine.fetch(waiting, assignment) } }
        }
    }

    /// Takes up what somebody took out of the dead letters.
    func watchRedriven() async {
        for await position in retries.redriven(of: registration.id) {
            guard partitions[position.partition] != nil,
                let entry = retries.entry(of: registration.id, at: position), entry.isRedriven,
                parkedLanes[entry.lane]?.holds(position) != true
            else { continue }
            park(ParkedLane.Waiting(position: position, entry: entry))
        }
    }
}

extension DeliveryItem {
    /// Nil when the record cannot be read: it was, when it was put aside.
    init?(_ parked: ParkedDelivery, lane: Lane, assignment: Int) {
        guard let entry = try? RecordDecoder.decode(parked.record) else { return nil }
        let stored = StoredRecord(offset: parked.position.offset, time: parked.logTime, record: parked.record)
        self.init(position: parked.position, record: stored, entry: entry, assignment: assignment)
        self.lane = lane
        attempts = parked.attempts
        firstFailure = parked.firstFailure
        isParked = true
    }
}
