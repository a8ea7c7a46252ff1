import Daybook

/// Who holds a transactional id, and what that writer has open.
struct MemoryProducer: Sendable {
    struct Open: Sendable {
        var id: Int
        var offsets: [StreamPartition: Set<Int64>] = [:]
        var positions: [String: [StreamPartition: Int64]] = [:]
    }

    /// The log whose writer it is.
    var log: Int
    /// The writer's number; a later writer has another.
    var writer: Int
    var open: Open?
    var isClosed = false
}

/// Names a transaction: whose it is, and which of that writer's.
struct MemoryTransactionKey: Sendable, Hashable {
    var producer: String
    var writer: Int
    var transaction: Int
}

extension MemoryState {
    /// Gives the id to a new writer, which ends what the earlier one had open.
    mutating func makeWriter(_ producer: String, log: Int) throws(LogError) -> Int {
        try checkOpen(log)
        abandon(producer: producer)
        let writer = makeID()
        producers[producer] = MemoryProducer(log: log, writer: writer)
        return writer
    }

    /// Gives the writer up.
    mutating func close(writer: Int, of producer: String) {
        if producers[producer]?.writer == writer { abandon(producer: producer) }
    }

    mutating func abandon(producer: String) {
        if let open = producers[producer]?.open { end(open, keeping: false) }
        producers[producer]?.open = nil
        producers[producer]?.isClosed = true
    }

    /// Begins a transaction; nil while another one of the writer is open.
    mutating func begin(_ producer: String, writer: Int, log: Int) throws(LogError) -> MemoryTransactionKey? {
        try checkOpen(log)
        guard let found = producers[producer], found.writer == writer else { throw .fenced }
        if found.isClosed { throw .closed }
        if found.open != nil { return nil }
        let id = makeID()
        producers[producer]?.open = MemoryProducer.Open(id: id)
        return MemoryTransactionKey(producer: producer, writer: writer, transaction: id)
    }

    mutating func append(
        _ records: [NewRecord], in key: MemoryTransactionKey, at now: Timestamp, maximumBytes: Int, log: Int
    ) throws(LogError) -> [Appended] {
        var open = try find(key, log: log)
        for record in records { try check(record, maximumBytes: maximumBytes) }
        let appended = records.map { store($0, at: now, transaction: key.transaction, log: log) }
        for one in appended { open.offsets[one.position.partition, default: []].insert(one.position.offset) }
        producers[key.producer]?.open = open
        return appended
    }

    /// Takes a group's positions into the transaction. Until it ends, nobody else gets these partitions: who takes them over has
    /// to know where to begin.
    mutating func commit(
        _ positions: [StreamPartition: Int64], of member: Int, group: String, in key: MemoryTransactionKey, log: Int
    ) throws(LogError) {
        var open = try find(key, log: log)
        guard var found = groups[group], found.holds(Set(positions.keys), member: member) else { throw .fenced }
        for (partition, offset) in positions {
            if open.positions[group]?[partition] == nil { found.pending[partition, default: 0] += 1 }
            open.positions[group, default: [:]][partition] = offset
        }
        groups[group] = found
        producers[key.producer]?.open = open
    }

    mutating func commit(_ key: MemoryTransactionKey, log: Int) throws(LogError) {
        let open = try find(key, log: log)
        end(open, keeping: true)
        producers[key.producer]?.open = nil
        logs[log]?.commits += 1
    }

    /// Aborts a transaction that is still open, for its own log or (nil) for the store itself.
    mutating func abort(_ key: MemoryTransactionKey, log: Int?) {
        if let log, logs[log] == nil { return }
        guard let found = producers[key.producer], let open = found.open, open.id == key.transaction else { return }
        end(open, keeping: false)
        producers[key.producer]?.open = nil
    }

    /// The transactions a log has open.
    func openTransactions(of log: Int) -> [MemoryTransactionKey] {
        producers.sorted { $0.key < $1.key }.compactMap { name, producer in
            guard producer.log == log, let open = producer.open else { return nil }
            return MemoryTransactionKey(producer: name, writer: producer.writer, transaction: open.id)
        }
    }

    private func find(_ key: MemoryTransactionKey, log: Int) throws(LogError) -> MemoryProducer.Open {
        try checkOpen(log)
        guard let producer = producers[key.producer], producer.writer == key.writer else { throw .fenced }
        if producer.isClosed { throw .closed }
        // One that ran out of time has been aborted, which ends its writer on Kafka too.
        guard let open = producer.open, open.id == key.transaction else { throw .fenced }
        return open
    }

    private mutating func end(_ open: MemoryProducer.Open, keeping keep: Bool) {
        for (partition, offsets) in open.offsets {
            partitions[partition]?.end(transaction: open.id, keeping: keep, offsets: offsets)
        }
        for (group, positions) in open.positions {
            for (partition, offset) in positions {
                if keep { groups[group]?.committed[partition] = offset }
                groups[group]?.release(pending: partition)
            }
        }
    }
}
