import Daybook

extension LogContract {
    /// A log that is closed leaves everything as it said.
    static let closing: [LogContract] = [
        LogContract(
            "what was acknowledged survives closing",
            "A log that is opened again has its records, streams and positions, and goes on behind them.",
            [], [.reopen]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            for round in 0..<5 {
                try await run.append(
                    stream.allPartitions.map { NewRecord($0, Record("\(round)", key: "key")) }, to: log)
            }
            let before = try await run.contents(of: stream.allPartitions, in: log)
            try await run.close(log)
            let again = try await run.open()
            try expectEqual(try await again.streams()[stream.name], stream, "the stream after reopening")
            try expectEqual(
                try await run.contents(of: stream.allPartitions, in: again), before, "records after reopening")
            let partition = stream.allPartitions[0]
            let next = try await run.append(["next"], to: partition, of: again)
            try expectEqual(next[0].position.offset, (before[partition]?.last?.offset ?? -1) + 1, "the next offset")
            try expect(
                next[0].time >= before[partition]?.last?.time ?? next[0].time,
                "the log time fell when the log was opened again")
        },

        LogContract(
            "closing drains",
            "Appends that meet the closing of their log are stored or refused, and it is told truly which.", [],
            [.reopen]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let acknowledged = Watched(0)
            var told: [StreamPartition: Set<String>] = [:]
            try await withThrowingTaskGroup(of: [(NewRecord, Result<Appended, LogError>)].self) { group in
                for writer in 0..<20 {
                    group.addTask {
                        var all: [(NewRecord, Result<Appended, LogError>)] = []
                        for number in 0..<200 {
                            let records = stream.allPartitions.map { NewRecord($0, Record("\(writer) \(number)")) }
                            let outcomes = try await run.within("an append that meets the close") {
                                await log.append(records)
                            }
                            try expectEqual(outcomes.count, records.count, "outcomes")
                            all += zip(records, outcomes)
                            acknowledged.update { $0 += 1 }
                            if outcomes.contains(where: { !$0.isSuccess }) { break }
                        }
                        return all
                    }
                }
                try await run.within("an append to be acknowledged") {
                    try await acknowledged.when { $0 > 0 ? () : nil }
                }
                try await run.close(log)
                for try await outcomes in group {
                    for (record, outcome) in outcomes {
                        switch outcome {
                        case .success: told[record.partition, default: []].insert(record.record.text)
                        case .failure(let error):
                            try expectEqual(error, .closed, "the outcome of an append that meets the close")
                        }
                    }
                }
            }
            let again = try await run.open()
            for (partition, records) in try await run.contents(of: stream.allPartitions, in: again) {
                let found = records.map(\.record.text)
                try expectEqual(found.count, Set(found).count, "records stored once in \(partition)")
                let lost = told[partition, default: []].subtracting(found)
                try expect(lost.isEmpty, "acknowledged and not stored in \(partition): \(lost.sorted().prefix(5))")
                let refused = Set(found).subtracting(told[partition, default: []])
                try expect(refused.isEmpty, "refused and stored in \(partition): \(refused.sorted().prefix(5))")
            }
        },

        LogContract(
            "closing ends every wait",
            "Whoever waits when the log is closed, for records or for group events, is told so."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let reader = try await run.reader(of: log, from: try await log.watermarks(of: [partition]).mapValues(\.end))
            var waits = [Task { _ = try await reader.next(awaiting: "a waiting read to end with its log") }]
            if run.backend.features.contains(.consumerGroups) {
                let member = try await run.join(uniqueName("contract-group"), [partition.stream], in: log)
                try await member.hold([partition])
                waits.append(Task { _ = try await member.next(awaiting: "a waiting member to end with its log") })
            }
            try await run.giveOthersAChance(log)
            try await run.close(log)
            for wait in waits {
                try await expectError("a wait that meets the close", { $0 == .closed }) { try await wait.value }
            }
        },

        LogContract(
            "a closed log does nothing",
            "After it is closed every call of a log, and of what came from it, says that it is closed."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            try await run.append(["x"], to: partition, of: log)
            let reader = try await run.reader(of: log, from: try await log.watermarks(of: [partition]).mapValues(\.low))
            let features = run.backend.features
            let writer = features.contains(.transactions) ? try await run.writer(log) : nil
            let member =
                features.contains(.consumerGroups)
                ? try await run.join(uniqueName("contract-group"), [partition.stream], in: log) : nil
            for _ in 0..<2 { try await run.close(log) }

            let outcomes = try await run.within("an append to a closed log") {
                await log.append([NewRecord(partition, Record("y"))])
            }
            try expectEqual(outcomes.map(\.failure), [.closed], "append")
            for call in ClosedCall.all(on: log, partition, reader.base, writer, member?.base) {
                guard call.feature.map(features.contains) ?? true else { continue }
                try await expectError("\(call.name) of a closed log", { $0 == .closed }) {
                    try await run.within("\(call.name) of a closed log to answer") { try await call.body() }
                }
            }
            // What gives things back has nothing to say, and does not hang.
            try await run.within("what came from a closed log to be given up") {
                await reader.base.close()
                await writer?.close()
                await member?.base.leave()
            }
        },
    ]
}

extension ContractRun {
    func close(_ log: any EventLog) async throws {
        try await within("the log to close") { try await log.close() }
    }
}

/// A call that a closed log has to refuse.
private struct ClosedCall: Sendable {
    var name: String
    /// What the log has to be able to do for it.
    var feature: LogFeature?
    var body: @Sendable () async throws -> Void

    init(_ name: String, _ feature: LogFeature? = nil, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.feature = feature
        self.body = body
    }

    static func all(
        on log: any EventLog, _ partition: StreamPartition, _ reader: any LogReader,
        _ writer: (any TransactionalWriter)?,
        _ member: (any GroupMember)?
    ) -> [ClosedCall] {
        let group = uniqueName("contract-group")
        let stream = StreamSpecification(name: uniqueName("contract"), partitions: 1)
        return [
            ClosedCall("identity") { _ = try await log.identity },
            ClosedCall("createStreams") { try await log.createStreams([stream]) },
            ClosedCall("streams") { _ = try await log.streams() },
            ClosedCall("watermarks") { _ = try await log.watermarks(of: [partition]) },
            ClosedCall("offset", .seekByTime) {
                _ = try await log.offset(in: partition, at: Timestamp(microseconds: 0))
            },
            ClosedCall("reader") { _ = try await log.reader(from: [partition: 0]) },
            ClosedCall("LogReader.next") { _ = try await reader.next(maximum: 1) },
            ClosedCall("LogReader.add") { try await reader.add([partition: 0]) },
            ClosedCall("records") { _ = try await log.records(at: [Position(partition, 0)]) },
            ClosedCall("trim", .trimming) { try await log.trim(partition, before: 0) },
            ClosedCall("transactionalWriter", .transactions) { _ = try await log.transactionalWriter(id: group) },
            ClosedCall("TransactionalWriter.transaction", .transactions) { try await writer?.transaction { _ in } },
            ClosedCall("join", .consumerGroups) {
                _ = try await log.join(group: group, streams: [partition.stream], options: GroupOptions())
            },
            ClosedCall("GroupMember.next", .consumerGroups) { _ = try await member?.next(maximum: 1) },
            ClosedCall("GroupMember.commit", .consumerGroups) { try await member?.commit([partition: 0]) },
            ClosedCall("committedPositions", .consumerGroups) {
                _ = try await log.committedPositions(group: group, of: [partition])
            },
            ClosedCall("setCommittedPositions", .consumerGroups) {
                try await log.setCommittedPositions(group: group, to: [partition: 0])
            },
            ClosedCall("deleteGroup", .consumerGroups) { try await log.deleteGroup(group) },
            ClosedCall("checkHealth") { try await log.checkHealth() },
        ]
    }
}
