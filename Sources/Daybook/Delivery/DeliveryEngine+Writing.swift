import Logging

/// What an engine writes to the retries stream and the dead letters: in order, many at once, each in one transaction
/// with the positions that it settles.
extension DeliveryEngine {
    private static let batchSize = 500

    func enqueue(_ write: ParkingWrite) {
        if case .park(let item, _, _) = write, !item.isParked {
            parkedLanes[
                item.lane, default: ParkedLane(partition: item.position.partition, assignment: item.assignment)
            ]
            .arriving.insert(item.position.offset)
        }
        writes.append(write)
        guard !isWriting else { return }
        isWriting = true
        Task { await writeAll() }
    }

    private func writeAll() async {
        var backoff = Backoff()
        while true {
            // What was given away whoever has it delivers again.
            writes.removeAll { !holds($0.item) }
            if writes.isEmpty { break }
            let batch = Array(writes.prefix(Self.batchSize))
            do {
                let stored = try await write(batch)
                backoff.reset()
                writes.removeFirst(batch.count)
                for (write, position) in zip(batch, stored) { apply(write, position) }
            } catch {
                logger.error(
                    "retries and dead letters cannot be written; trying again", metadata: ["error": "\(error)"])
                if (error as? LogError)?.isRetriable != true { writer = nil }
                if isStopping, writer == nil { break }
                try? await backoff.wait()
            }
        }
        isWriting = false
        wakeSettleWaiters()
    }

    /// - Returns: where the record of each lies that puts something into the retries stream.
    private func write(_ batch: [ParkingWrite]) async throws -> [Position?] {
        await takeCommitTurn()
        defer { endCommitTurn() }
        let now = options.now()
        let records = batch.map { self.records(of: $0, at: now) }
        let all = records.flatMap { $0 }
        let settled = Set(batch.filter { holds($0.item) }.compactMap { $0.settles })
        let positions = positions(behind: settled)
        let appended: [Appended]
        if log.features.contains(.transactions) {
            let writer = try await transactionalWriter()
            let member = member
            appended = try await writer.transaction { transaction in
                let appended = try await transaction.append(all)
                if !positions.isEmpty { try await transaction.commit(positions, of: member) }
                return appended
            }
        } else {
            appended = try await log.append(all).map { try $0.get() }
        }
        committed(positions)
        var rest = appended[...]
        return records.map { records in
            let own = rest.prefix(records.count)
            rest = rest.dropFirst(records.count)
            return own.first?.position
        }
    }

    private func transactionalWriter() async throws -> any TransactionalWriter {
        if let writer { return writer }
        let new = try await log.transactionalWriter(id: writerID)
        writer = new
        return new
    }

    private func records(of write: ParkingWrite, at now: Timestamp) -> [NewRecord] {
        let retry = retries.partition(of: registration.id, write.position.partition)
        switch write {
        case .park(let item, let notBefore, let error):
            let parked = item.parked(by: registration.id, at: now, notBefore: notBefore, error: error)
            return [NewRecord(retry, parked.wireRecord)]
        case .end(let item):
            return [NewRecord(retry, ParkedDelivery.end(registration.id, item.position))]
        case .give(let item, let error):
            let parked = item.parked(by: registration.id, at: now, notBefore: now, error: error)
            let letter = NewRecord(
                StreamPartition(layout.deadLetters.name, retry.partition), parked.wireRecord)
            return item.isParked
                ? [letter, NewRecord(retry, ParkedDelivery.end(registration.id, item.position))] : [letter]
        }
    }

    /// What can be committed once these are settled, too.
    private func positions(behind settled: Set<Position>) -> [StreamPartition: Int64] {
        var positions: [StreamPartition: Int64] = [:]
        for partition in Set(settled.map(\.partition)) {
            guard var progress = partitions[partition] else { continue }
            for position in settled where position.partition == partition { progress.settle(position.offset) }
            if let next = progress.settled, next > progress.committed ?? -1 { positions[partition] = next }
        }
        return positions
    }

    private func apply(_ write: ParkingWrite, _ stored: Position?) {
        guard holds(write.item) else { return }
        switch write {
        case .park(let item, let notBefore, _):
            guard let stored else { return }
            if item.isParked { parkedLanes[item.lane]?.isUnderWay = false } else { settle(item.position) }
            statistics.parked += item.isParked ? 0 : 1
            park(
                ParkedLane.Waiting(
                    position: item.position,
                    entry: ParkedDeliveries.Entry(
                        stored: stored, attempts: item.attempts, notBefore: notBefore, lane: item.lane,
                        isRedriven: false)))
        case .end(let item):
            leave(item.position, item.lane)
        case .give(let item, let error):
            statistics.deadLettered += 1
            if let news { Task { [registration] in await news.deadLetter(item, of: registration, error: error) } }
            if item.isParked { leave(item.position, item.lane) } else { settle(item.position) }
        }
    }

    /// Takes one out that no longer lies in the retries stream.
    func leave(_ position: Position, _ lane: Lane) {
        parkedLanes[lane]?.remove(position)
        parkedLanes[lane]?.isUnderWay = false
        goOn(with: lane)
        tellOfSpace()
    }
}

/// A change of the retries stream or the dead letters.
enum ParkingWrite: Sendable {
    /// It is tried later; or, when it lies in the retries stream already, later again.
    case park(DeliveryItem, notBefore: Timestamp, error: String)
    /// A delivery of the retries stream is settled.
    case end(DeliveryItem)
    /// It is given up.
    case give(DeliveryItem, error: String)

    var item: DeliveryItem {
        switch self {
        case .park(let item, _, _), .give(let item, _), .end(let item): item
        }
    }

    var position: Position { item.position }

    /// The record whose partition's position no longer waits for it.
    var settles: Position? {
        switch self {
        case .park(let item, _, _), .give(let item, _): item.isParked ? nil : item.position
        case .end: nil
        }
    }
}
