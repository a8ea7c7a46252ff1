public import Daybook

extension FaultyLog {
    public func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        let number = memory.update { memory in
            memory.writers[id, default: 0] += 1
            return memory.writers[id, default: 0]
        }
        let known: String
        switch fault {
        case .writersAreNotFenced, .takenOverStaysOpen: known = "\(id)-\(number)"
        case .everyWriterIsFenced: known = "the-only-one"
        default: known = id
        }
        return FaultyWriter(try await base.transactionalWriter(id: known), self, id: id, number: number)
    }
}

/// A writer with the fault of its log.
final class FaultyWriter: TransactionalWriter {
    private let base: any TransactionalWriter
    private let log: FaultyLog
    private let id: String
    private let number: Int
    private let transactions = Watched(0)

    init(_ base: any TransactionalWriter, _ log: FaultyLog, id: String, number: Int) {
        self.base = base
        self.log = log
        self.id = id
        self.number = number
    }

    func transaction<Result: Sendable>(
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        let open = transactions.update { count in
            count += 1
            return count
        }
        log.memory.update { $0.openTransactions += 1 }
        defer {
            transactions.update { $0 -= 1 }
            log.memory.update { $0.openTransactions -= 1 }
        }
        switch log.fault {
        case .transactionsOverlap where open > 1:
            let other = try await log.base.transactionalWriter(id: uniqueName("overlap"))
            return try await other.transaction { try await body(FaultyTransaction($0, log)) }
        case .abortedTransactionsCommit:
            // The error is let out behind the commit.
            let outcome: Swift.Result<Result, any Error> = try await base.transaction { transaction in
                do { return .success(try await body(FaultyTransaction(transaction, log))) } catch {
                    return .failure(error)
                }
            }
            return try outcome.get()
        case .cancelledTransactionsCommit: return try await transactionOutlivingCancellation(body)
        case .takenOverStaysOpen:
            return try await base.transaction { transaction in
                let result = try await body(FaultyTransaction(transaction, log))
                if log.memory.value.writers[id] != number { throw LogError.fenced }
                return result
            }
        default: return try await base.transaction { try await body(FaultyTransaction($0, log)) }
        }
    }

    private func transactionOutlivingCancellation<Result: Sendable>(
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        try await withoutActuallyEscaping(body) { body in
            let work = Task {
                try await base.transaction { transaction -> Swift.Result<Result, any Error> in
                    do { return .success(try await body(FaultyTransaction(transaction, self.log))) } catch {
                        return .failure(error)
                    }
                }
            }
            let result = try await work.value.get()
            try Task.checkCancellation()
            return result
        }
    }

    func close() async {
        if log.fault != .closedWritersWrite { await base.close() }
    }
}

/// An open transaction with the fault of its log.
final class FaultyTransaction: Transaction {
    private let base: any Transaction
    private let log: FaultyLog
    private let first = Watched<StreamPartition?>(nil)

    init(_ base: any Transaction, _ log: FaultyLog) {
        self.base = base
        self.log = log
    }

    func append(_ records: [NewRecord]) async throws -> [Appended] {
        switch log.fault {
        case .openTransactionsAreVisible: return try await log.base.append(records).map { try $0.get() }
        case .transactionsAreReversed: return try await base.append(records.reversed()).reversed()
        case .transactionsTellWrongOffsets:
            return try await base.append(records).map { appended in
                Appended(
                    position: Position(appended.position.partition, appended.position.offset + 1), time: appended.time)
            }
        case .transactionsAreSplit:
            let partition = first.update { first in
                first = first ?? records.first?.partition
                return first
            }
            let kept = try await base.append(records.filter { $0.partition == partition })
            return kept + Array(repeating: kept.first, count: records.count - kept.count).compactMap { $0 }
        case .endCountsOpenTransactions:
            let appended = try await base.append(records)
            log.memory.update { memory in
                for one in appended { memory.openEnds[one.position.partition] = one.position.offset + 1 }
            }
            return appended
        default: return try await base.append(records.map(log.damaged)).map(log.damaged)
        }
    }

    func commit(_ positions: [StreamPartition: Int64], of member: any GroupMember) async throws {
        let member = (member as? FaultyMember)?.base ?? member
        switch log.fault {
        case .positionsAreLeftOut: return
        case .positionsCommitEarly: try await member.commit(positions)
        case .lostMembersCommit:
            do { try await base.commit(positions, of: member) } catch LogError.fenced {}
        default: try await base.commit(positions, of: member)
        }
    }
}
