import Daybook

/// What a broker knows of a transactional id.
struct SimulatedProducer {
    enum Participant: Hashable {
        case partition(StreamPartition)
        /// The partition that the group's positions are in.
        case positions
    }

    struct Transaction {
        let number: Int
        /// Those that have no marker yet.
        var participants: [Participant] = []
        var position: SimulatedGroup.Commit?
        /// Whether it was committed; nil while it is open.
        var isCommit: Bool?
    }

    var epoch = 0
    var transaction: Transaction?
}

/// What its owner knows of a transactional id.
struct SimulatedWriter {
    let producer: Int
    let epoch: Int
    /// The transaction it has open.
    var transaction: Int?
}

enum SimulatedRefusal: Error {
    /// A newer owner of the transactional id has come.
    case fenced
    /// The last transaction is not through yet: to be asked again.
    case busy
    case illegalGeneration
}

/// Transactions as Kafka's coordinator handles them.
extension SimulatedBroker {
    /// `init_transactions`: fences the former owner at once, and ends what it left open.
    ///
    /// - Returns: nil while that goes on.
    mutating func fence(_ producer: Int) -> SimulatedWriter? {
        guard let transaction = producers[producer].transaction else {
            producers[producer].epoch += 1
            return SimulatedWriter(producer: producer, epoch: producers[producer].epoch)
        }
        if transaction.isCommit == nil { abort(producer) }
        return nil
    }

    /// The coordinator ends a transaction by itself, and fences who had it.
    mutating func abort(_ producer: Int) {
        producers[producer].epoch += 1
        producers[producer].transaction?.isCommit = false
    }

    mutating func append(
        _ content: SimulatedContent, to partition: StreamPartition, in writer: inout SimulatedWriter
    ) throws(SimulatedRefusal) -> Appended {
        // A partition that is part of the transaction asks nobody; it knows of the epochs whose markers it has got.
        if let transaction = writer.transaction, self[partition].isOpen(transaction) {
            if self[partition].hasFenced(writer) { throw .fenced }
        } else {
            try enlist(.partition(partition), &writer)
        }
        let time = time(in: partition)
        let offset = self[partition].append(content, at: time, in: writer.transaction)
        return Appended(position: Position(partition, offset), time: time)
    }

    mutating func commit(
        _ position: SimulatedGroup.Commit, in writer: inout SimulatedWriter
    ) throws(SimulatedRefusal) {
        try enlist(.positions, &writer)
        guard group.accepts(position) else { throw .illegalGeneration }
        producers[writer.producer].transaction?.position = position
    }

    private mutating func enlist(
        _ participant: SimulatedProducer.Participant, _ writer: inout SimulatedWriter
    ) throws(SimulatedRefusal) {
        guard producers[writer.producer].epoch == writer.epoch else { throw .fenced }
        var transaction: SimulatedProducer.Transaction
        if let open = producers[writer.producer].transaction {
            guard open.number == writer.transaction else { throw .busy }
            transaction = open
        } else {
            lastTransaction += 1
            transaction = SimulatedProducer.Transaction(number: lastTransaction)
            writer.transaction = lastTransaction
        }
        if !transaction.participants.contains(participant) { transaction.participants.append(participant) }
        producers[writer.producer].transaction = transaction
    }

    /// Decides a transaction. That shows in each of its partitions as soon as its marker gets there.
    mutating func end(_ writer: inout SimulatedWriter, isCommit: Bool) throws(SimulatedRefusal) {
        guard producers[writer.producer].epoch == writer.epoch else { throw .fenced }
        if let number = writer.transaction, producers[writer.producer].transaction?.number == number,
            producers[writer.producer].transaction?.isCommit == nil
        {
            producers[writer.producer].transaction?.isCommit = isCommit
        }
        writer.transaction = nil
    }

    /// The producers that have a transaction whose markers are on their way.
    var ending: [Int] { producers.indices.filter { producers[$0].transaction?.isCommit != nil } }

    /// One of a transaction's markers arrives.
    mutating func deliverMarker(of producer: Int, using random: inout SeededGenerator) {
        guard var transaction = producers[producer].transaction, let isCommit = transaction.isCommit else { return }
        if let at = transaction.participants.indices.randomElement(using: &random) {
            switch transaction.participants.remove(at: at) {
            case .partition(let partition):
                let (time, epoch) = (time(in: partition), producers[producer].epoch)
                self[partition].mark(
                    transaction.number, isCommit: isCommit, at: time, producer: producer, epoch: epoch)
            case .positions:
                if isCommit, let position = transaction.position { group.commit(position) }
            }
        }
        producers[producer].transaction = transaction.participants.isEmpty ? nil : transaction
    }
}
