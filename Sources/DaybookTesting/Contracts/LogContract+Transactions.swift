import Daybook

extension LogContract {
    /// A transaction is all or nothing, and nobody sees it before it is all.
    static let transactions: [LogContract] = [
        LogContract(
            "transactions are all or nothing",
            "Of each transaction over several streams either every record is read or none.", [.transactions]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let partitions = stream.allPartitions + [try await run.partition(in: log)]
            let writer = try await run.writer(log)
            for number in 0..<10 {
                do {
                    try await run.within("a transaction") {
                        try await writer.transaction { transaction in
                            _ = try await transaction.append(
                                partitions.dropLast().map { NewRecord($0, Record("\(number)")) })
                            if number % 3 == 1 { throw ContractRun.Abort() }
                            _ = try await transaction.append([NewRecord(partitions[2], Record("\(number)"))])
                            if number % 3 == 2 { throw ContractRun.Abort() }
                        }
                    }
                    try expect(
                        number % 3 == 0, "transaction \(number) threw in its body and came back as if it had not")
                } catch is ContractRun.Abort {
                    try expect(number % 3 != 0, "transaction \(number) threw what it had no reason to")
                }
            }
            for partition in partitions {
                try await run.append(["last"], to: partition, of: log)
                try expectEqual(
                    try await run.valuesUpTo("last", of: partition, in: log), ["0", "3", "6", "9", "last"],
                    "records in \(partition)")
            }
        },

        LogContract(
            "open transactions are invisible",
            "Until a transaction is committed no reader, no watermark and no position shows its records.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let before = try await run.append(["before"], to: partition, of: log)
            let reader = try await run.reader(of: log, from: [partition: before[0].position.offset])
            try await reader.read(1, of: partition)
            let open = try await run.open(["1", "2"].map { NewRecord(partition, Record($0)) }, by: run.writer(log))
            let woken = Watched()
            let waiting = Task {
                defer { woken.fire() }
                try await reader.read(3, of: partition)
            }
            try await run.giveOthersAChance(log)
            try expect(!woken.value, "a reader came to the end of what an open transaction appended")
            try expectEqual(reader.values(of: partition), ["before"], "what was read beside an open transaction")
            let end = try await log.watermarks(of: [partition])[partition]?.end ?? .max
            try expect(
                end <= open.appended[0].position.offset,
                "the end is \(end) while the record at \(open.appended[0].position.offset) is not committed")
            let found = try await log.records(at: open.appended.map(\.position))
            try expect(found.allSatisfy { $0 == nil }, "a record of an open transaction is found by its position")
            try await open.finish()
            try await waiting.value
            try expectEqual(reader.values(of: partition), ["before", "1", "2"], "what was read after the commit")
            await reader.close()
        },

        LogContract(
            "what throws leaves nothing",
            "A transaction whose body throws is never read, throws that error on, and holds nobody up.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let writer = try await run.writer(log)
            for round in 0..<3 {
                try await run.abort(["aborted \(round)"], to: partition, by: writer)
                try await run.append(["\(round)"], to: partition, of: log)
                try expectEqual(
                    try await run.valuesUpTo("\(round)", of: partition, in: log), (0...round).map { "\($0)" },
                    "what is read")
            }
        },

        LogContract(
            "what is cancelled leaves nothing",
            "A transaction whose task is cancelled is aborted, whether its body notices or not, and throws CancellationError.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let writer = try await run.writer(log)
            for notices in [true, false] {
                let appended = Watched()
                let cancelled = Watched()
                let task = Task {
                    try await writer.transaction { transaction in
                        _ = try await transaction.append([NewRecord(partition, Record("cancelled"))])
                        appended.fire()
                        // Waits for the cancellation outside the cancelled task, so as to come back without an error.
                        try await Task { try await cancelled.fired() }.value
                        if notices { try Task.checkCancellation() }
                    }
                }
                try await run.within("a record to be appended") { try await appended.fired() }
                task.cancel()
                cancelled.fire()
                try await expectCancelled(
                    "a transaction whose body \(notices ? "notices" : "ignores") the cancellation"
                ) {
                    try await run.within("a cancelled transaction to end") { try await task.value }
                }
            }
            try await run.commit(["committed"], to: partition, by: writer)
            try expectEqual(
                try await run.valuesUpTo("committed", of: partition, in: log), ["committed"],
                "what is read after cancellations")
        },

        LogContract(
            "transactions keep order and positions",
            "Records of transactions are read in the order of their appends, where and when it was told.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let writer = try await run.writer(log)
            var told: [StreamPartition: [Appended]] = [:]
            for round in 0..<5 {
                let appended = try await run.within("a transaction") {
                    try await writer.transaction { transaction in
                        var all: [Appended] = []
                        for part in 0..<2 {
                            all += try await transaction.append(
                                (0..<4).map {
                                    NewRecord(stream.allPartitions[$0 % 2], Record("\(round) \(part) \($0)"))
                                })
                        }
                        return all
                    }
                }
                try expectEqual(appended.count, 8, "positions told")
                for one in appended { told[one.position.partition, default: []].append(one) }
                try await run.abort(["aborted"], to: stream.allPartitions[0], by: writer)
            }
            try await run.append(stream.allPartitions.map { NewRecord($0, Record("last")) }, to: log)
            for (index, partition) in stream.allPartitions.enumerated() {
                let found = try await run.recordsUpTo("last", of: partition, in: log).dropLast()
                let texts = (0..<5).flatMap { round in
                    (0..<2).flatMap { part in [index, index + 2].map { "\(round) \(part) \($0)" } }
                }
                try expectEqual(found.map(\.record.text), texts, "records in \(partition)")
                try expectEqual(
                    found.map { Appended(position: Position(partition, $0.offset), time: $0.time) },
                    told[partition] ?? [],
                    "positions and times in \(partition)")
            }
        },

        LogContract(
            "transactions of one writer take turns",
            "A second transaction of a writer begins after the first has ended.", [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let writer = try await run.writer(log)
            let firstEnded = Watched()
            let open = try await run.open([NewRecord(partition, Record("first"))], by: writer) { _ in firstEnded.fire()
            }
            let second = Task {
                try await writer.transaction { transaction in
                    let early = !firstEnded.value
                    _ = try await transaction.append([NewRecord(partition, Record("second"))])
                    return early
                }
            }
            let cancelled = Task { try await writer.transaction { _ in () } }
            try await run.giveOthersAChance(log)
            cancelled.cancel()
            try await expectCancelled("a transaction that waits for its turn") {
                try await run.within("a cancelled transaction that waits for its turn") { try await cancelled.value }
            }
            try await open.finish()
            let early = try await run.within("the second transaction") { try await second.value }
            try expect(!early, "a second transaction began while the first was open")
            try expectEqual(
                try await run.valuesUpTo("second", of: partition, in: log), ["first", "second"], "what is read of both")
        },

        LogContract(
            "appends beside a transaction are kept",
            "Plain appends, and other writers' transactions, that meet an open transaction are all stored.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let open = try await run.open([NewRecord(partition, Record("in transaction"))], by: run.writer(log))
            let other = try await run.writer(log)
            let plain = Task { try await run.append(["plain"], to: partition, of: log) }
            let committed = Task { try await run.commit(["other"], to: partition, by: other) }
            try await run.giveOthersAChance(log)
            try await open.finish()
            let appended = try await open.appended + plain.value + committed.value
            try await run.append(["last"], to: partition, of: log)
            let found = try await run.recordsUpTo("last", of: partition, in: log).dropLast()
            try expectEqual(Set(found.map(\.record.text)), ["in transaction", "plain", "other"], "what is read")
            try expectEqual(
                found.map(\.offset), appended.map(\.position.offset).sorted(), "the offsets")
        },
    ]
}

extension ContractRun {
    /// The records of a partition from its beginning until one with this text has come.
    ///
    /// For what transactions wrote: a log may answer a commit a moment before readers see it.
    func recordsUpTo(_ last: String, of partition: StreamPartition, in log: any EventLog) async throws -> [StoredRecord]
    {
        let reader = try await reader(of: log, from: try await log.watermarks(of: [partition]).mapValues(\.low))
        while !reader.values(of: partition).contains(last) {
            try await reader.next(awaiting: "\"\(last)\" to be read, after \(reader.values(of: partition))")
        }
        await reader.close()
        return reader.records[partition, default: []]
    }

    func valuesUpTo(_ last: String, of partition: StreamPartition, in log: any EventLog) async throws -> [String] {
        try await recordsUpTo(last, of: partition, in: log).map(\.record.text)
    }
}
