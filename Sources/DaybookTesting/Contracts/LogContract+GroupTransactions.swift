import Daybook

extension LogContract {
    /// What a group has read and what came of it are one.
    static let groupTransactions: [LogContract] = [
        LogContract(
            "positions commit with a transaction",
            "A transaction that appends and commits a member's positions does both: the group resumes there.",
            [.transactions, .consumerGroups]
        ) { run in
            let log = try await run.open()
            let (source, target) = (try await run.partition(in: log), try await run.partition(in: log))
            let group = uniqueName("contract-group")
            let writer = try await run.writer(log)
            try await run.append((0..<10).map { "\($0)" }, to: source, of: log)
            for round in 0..<2 {
                let member = try await run.join(group, [source.stream], in: log)
                while member.values(of: source).count < 4 {
                    guard case .records(let batch) = try await member.next(maximum: 2) else { continue }
                    try await run.forward(batch, to: target, by: writer, of: member)
                    try expectEqual(
                        try await log.committedPositions(group: group, of: [source]), [source: batch.nextOffset],
                        "the position")
                }
                try expectEqual(
                    member.values(of: source), (0..<4).map { "\(round * 4 + $0)" },
                    "what a member was given in round \(round)")
                try await member.leave()
            }
            try expectEqual(
                try await run.valuesUpTo("7", of: target, in: log), (0..<8).map { "\($0)" }, "what was forwarded, once")
        },

        LogContract(
            "positions abort with a transaction",
            "A transaction that is aborted commits no positions: the group is given the same again.",
            [.transactions, .consumerGroups]
        ) { run in
            let log = try await run.open()
            let (source, target) = (try await run.partition(in: log), try await run.partition(in: log))
            let group = uniqueName("contract-group")
            let writer = try await run.writer(log)
            try await run.append((0..<4).map { "\($0)" }, to: source, of: log)
            for attempt in 0..<2 {
                let member = try await run.join(group, [source.stream], in: log)
                try await member.read(4, of: source)
                try expectEqual(
                    member.values(of: source), (0..<4).map { "\($0)" }, "what is given in attempt \(attempt)")
                do {
                    try await run.within("a transaction to abort") {
                        try await writer.transaction { transaction in
                            _ = try await transaction.append([NewRecord(target, Record("aborted"))])
                            try await transaction.commit(member.offsets, of: member.base)
                            throw ContractRun.Abort()
                        }
                    }
                } catch is ContractRun.Abort {}
                try expectEqual(
                    try await log.committedPositions(group: group, of: [source]), [:],
                    "the position after an aborted transaction")
                try await member.leave()
            }
            try await run.append(["last"], to: target, of: log)
            try expectEqual(try await run.valuesUpTo("last", of: target, in: log), ["last"], "what was forwarded")
        },

        LogContract(
            "a lost member's transaction fails",
            "A transaction that commits positions of a member that lost its place is fenced, and nothing of it is stored.",
            [.transactions, .consumerGroups]
        ) { run in
            let log = try await run.open()
            let (source, target) = (try await run.partition(in: log), try await run.partition(in: log))
            let group = uniqueName("contract-group")
            let writer = try await run.writer(log)
            let appended = try await run.append((0..<4).map { "\($0)" }, to: source, of: log)
            let lost = try await run.join(group, [source.stream], in: log)
            try await lost.read(4, of: source)
            try await lost.commit([source: appended[1].position.offset])
            let end = lost.offsets
            try await lost.leave()
            let current = try await run.join(group, [source.stream], in: log)
            try await current.read(3, of: source)
            try await expectError("a transaction with positions of a member that lost its place", { $0 == .fenced }) {
                try await run.within("a transaction that is refused") {
                    try await writer.transaction { transaction in
                        _ = try await transaction.append([NewRecord(target, Record("lost"))])
                        try await transaction.commit(end, of: lost.base)
                    }
                }
            }
            try expectEqual(
                try await log.committedPositions(group: group, of: [source]), [source: appended[1].position.offset],
                "the position")
            // Neither the member nor the writer has suffered.
            try await run.within("a transaction of the member that holds the partition") {
                try await writer.transaction { transaction in
                    _ = try await transaction.append([NewRecord(target, Record("current"))])
                    try await transaction.commit(current.offsets, of: current.base)
                }
            }
            try expectEqual(try await run.valuesUpTo("current", of: target, in: log), ["current"], "what was forwarded")
            try await current.leave()
        },
    ]
}

extension ContractRun {
    /// Appends a batch elsewhere and commits the position behind it, in one transaction.
    fileprivate func forward(
        _ batch: RecordBatch, to target: StreamPartition, by writer: any TransactionalWriter, of member: CheckedMember
    ) async throws {
        try await within("a transaction that forwards a batch") {
            try await writer.transaction { transaction in
                _ = try await transaction.append(batch.records.map { NewRecord(target, $0.record) })
                try await transaction.commit([batch.partition: batch.nextOffset], of: member.base)
            }
        }
    }
}
