public import Daybook

extension FaultyLog {
    public func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let first = memory.update { memory in
            defer { memory.records += records.count }
            for partition in Set(records.map(\.partition)) where !memory.partitions.contains(partition) {
                memory.partitions.append(partition)
            }
            return memory.records
        }
        let isSeventh = { (index: Int) in (first + index) % 7 == 6 }
        switch fault {
        case .recordsAreLost: return await append(records) { !isSeventh($0) }
        case .recordsAreDoubled:
            let doubled = records.indices.flatMap { isSeventh($0) ? [$0, $0] : [$0] }
            let outcomes = await base.append(doubled.map { records[$0] })
            return records.indices.map { outcomes[doubled.firstIndex(of: $0) ?? 0] }
        case .batchesAreReversed: return await base.append(records.reversed()).reversed()
        case .concurrentAppendsAreLost: return await appendAlone(records)
        case .appendsBesideTransactionsAreLost where memory.value.openTransactions > 0:
            return await append(records) { _ in false }
        case .partitionsAreMixed:
            return await base.append(records.map { NewRecord(StreamPartition($0.partition.stream, 0), $0.record) })
        case .streamsAreMixed: return await appendElsewhere(records)
        case .appendsOvertake, .acknowledgedTooEarly: return await appendLater(records)
        case .offsetsHaveGaps: return await appendBehindGap(records)
        case .emptyBatchesAreAnswered where records.isEmpty: return [.failure(.refused("there is nothing to store"))]
        case .compactionKeepsTheFirst, .nullsAreNotStored: return await appendCompacted(records)
        case .batchesFailWhole, .failuresAreOvertaken, .tooLargeIsNotTold, .tooLargeIsAcknowledged, .largestIsRefused,
            .unknownStreamsAreCreated:
            return await appendWithFailures(records)
        case .refusedAppendsAreStored:
            let outcomes = await base.append(records)
            return isClosing.value ? records.map { _ in .failure(.closed) } : outcomes
        default: return await base.append(records.map(damaged)).map { $0.map(damaged) }
        }
    }

    /// Stores those that are to be kept, and acknowledges the others as well.
    private func append(_ records: [NewRecord], keeping keep: (Int) -> Bool) async -> [Result<Appended, LogError>] {
        let kept = records.indices.filter(keep)
        var outcomes = await base.append(kept.map { records[$0] })[...]
        var all: [Result<Appended, LogError>] = []
        for index in records.indices {
            if keep(index) {
                all.append(outcomes.removeFirst())
            } else {
                all.append(.success(await madeUp(records[index].partition)))
            }
        }
        return all
    }

    /// An answer for what was not stored.
    private func madeUp(_ partition: StreamPartition, behind count: Int = 0) async -> Appended {
        let end = try? await base.watermarks(of: [partition])[partition]?.end
        return Appended(position: Position(partition, (end ?? 0) + Int64(count)), time: Timestamp(microseconds: 0))
    }

    private func appendAlone(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let others = memory.update { memory in
            memory.appending += 1
            return memory.appending - 1
        }
        defer { memory.update { $0.appending -= 1 } }
        for _ in 0..<5 { await Task.yield() }
        return await append(records) { _ in others == 0 }
    }

    private func appendElsewhere(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let outcomes = await base.append(records)
        for record in records {
            if let other = memory.value.partitions.first(where: { $0.stream != record.partition.stream }) {
                _ = await base.append([NewRecord(other, record.record)])
            }
        }
        return outcomes
    }

    /// Holds the records of a call back until the next one has been stored, or (``storeHeldBack()``) somebody looks.
    private func appendLater(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let earlier = memory.update { memory in
            let earlier = memory.heldBack
            memory.heldBack = records
            return earlier
        }
        if fault == .appendsOvertake, !earlier.isEmpty {
            memory.update { $0.heldBack = [] }
            let outcomes = await base.append(records)
            _ = await base.append(earlier)
            return outcomes
        }
        _ = await base.append(earlier)
        if isClosing.value { return records.map { _ in .failure(.closed) } }
        var outcomes: [Result<Appended, LogError>] = []
        for record in records {
            let before = outcomes.count { (try? $0.get())?.position.partition == record.partition }
            outcomes.append(.success(await madeUp(record.partition, behind: before)))
        }
        return outcomes
    }

    /// Stores what is held back, before somebody looks.
    func storeHeldBack() async throws {
        let held = memory.update { memory in
            let held = memory.heldBack
            memory.heldBack = []
            return held
        }
        if !held.isEmpty { _ = await base.append(held) }
    }

    /// A transaction's marker takes an offset, on a log that has them.
    private func appendBehindGap(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let writer = try? await base.transactionalWriter(id: uniqueName("gap"))
        try? await writer?.transaction { transaction in
            _ = try await transaction.append(records.prefix(1).map { NewRecord($0.partition, Record(key: [])) })
            throw CancellationError()
        }
        return await base.append(records)
    }

    private func appendCompacted(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let streams = (try? await base.streams()) ?? [:]
        let keep = records.map { new in
            guard streams[new.partition.stream]?.cleanup == .compact else { return true }
            if fault == .nullsAreNotStored { return new.record.value != nil }
            return memory.update { $0.keys.insert(new.record.key ?? []).inserted }
        }
        return await append(records) { keep[$0] }
    }

    private func appendWithFailures(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let isTooLarge = { (new: NewRecord) in new.record.byteCount > self.maximumRecordBytes }
        if fault == .batchesFailWhole, records.contains(where: isTooLarge) {
            return records.map { isTooLarge($0) ? .failure(tooLarge($0)) : .failure(.precedingFailed) }
        }
        if fault == .largestIsRefused, records.contains(where: { $0.record.byteCount == maximumRecordBytes }) {
            return records.map { .failure(tooLarge($0)) }
        }
        var outcomes = await base.append(records)
        for index in records.indices {
            switch (fault, outcomes[index].failure) {
            case (.failuresAreOvertaken, .precedingFailed): outcomes[index] = await base.append([records[index]])[0]
            case (.tooLargeIsNotTold, .tooLarge): outcomes[index] = .failure(.refused("there is something about it"))
            case (.tooLargeIsAcknowledged, .tooLarge):
                outcomes[index] = .success(await madeUp(records[index].partition))
            case (.unknownStreamsAreCreated, .unknownPartition(let partition)):
                try? await base.createStreams([StreamSpecification(name: partition.stream, partitions: 4)])
                outcomes[index] = await base.append([records[index]])[0]
            default: break
            }
        }
        return outcomes
    }

    private func tooLarge(_ new: NewRecord) -> LogError {
        .tooLarge(bytes: new.record.byteCount, maximum: maximumRecordBytes)
    }
}
