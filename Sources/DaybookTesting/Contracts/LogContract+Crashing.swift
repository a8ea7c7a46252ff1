import Daybook

extension LogContract {
    /// A log whose process dies leaves what it has acknowledged, and nothing half done.
    static let crashing: [LogContract] = [
        LogContract(
            "what was acknowledged survives a crash",
            "Every record that was acknowledged before the log's process died is there, in order.",
            [], [.crash]
        ) { run in
            let quiet = try await run.open()
            let stream = try await run.stream(in: quiet, partitions: 2)
            // Nothing follows it that could store it along the way.
            let alone = StreamPartition(stream.name, 0)
            try await run.append([NewRecord(alone, Record("alone"))], to: quiet)
            try await run.crash(quiet)
            let log = try await run.open()
            try expectEqual(
                try await run.contents(of: [alone], in: log)[alone, default: []].map(\.record.text), ["alone"],
                "records after the crash that followed the append at once")

            let acknowledged = Watched<[StreamPartition: [Int]]>([:])
            let crashed = Watched()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for partition in stream.allPartitions {
                    group.addTask {
                        var number = 0
                        // The process of a bed's log lives on: it may go on to answer.
                        while !crashed.value, !Task.isCancelled {
                            let outcomes = await log.append([NewRecord(partition, Record("\(number)"))])
                            guard outcomes.allSatisfy(\.isSuccess) else { return }
                            acknowledged.update { $0[partition, default: []].append(number) }
                            number += 1
                            await Task.yield()
                        }
                    }
                }
                try await run.within("a few records to be acknowledged") {
                    try await acknowledged.when { $0.values.contains { $0.count >= 5 } ? () : nil }
                }
                let told = acknowledged.value
                try await run.crash(log)
                crashed.fire()
                let again = try await run.open()
                let found = try await run.contents(of: stream.allPartitions, in: again).mapValues {
                    $0.map(\.record.text)
                }
                for (partition, numbers) in told {
                    // What was being written in the moment of the crash may be there, or not.
                    let written = found[partition, default: []].drop { $0 == "alone" }
                    try expectEqual(
                        Array(written.prefix(numbers.count)), numbers.map { "\($0)" },
                        "records of \(partition) after the crash")
                }
                try await run.append(stream.allPartitions.map { NewRecord($0, Record("on")) }, to: again)
            }
        },

        LogContract(
            "positions survive a crash exactly",
            "After a crash a group is given the first record it had not committed, and all after it.",
            [.consumerGroups], [.crash]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let group = uniqueName("contract-group")
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            // Long enough for a busy machine; the next member waits for its end.
            let member = try await run.join(
                group, [partition.stream], in: log, sessionTimeout: max(run.backend.sessionTimeout, .milliseconds(500)))
            try await member.read(10, of: partition)
            for committed in 1...6 { try await member.commit([partition: appended[committed].position.offset]) }
            try await run.crash(log)
            let again = try await run.open()
            try expectEqual(
                try await again.committedPositions(group: group, of: [partition]),
                [partition: appended[6].position.offset],
                "the position after the crash")
            let next = try await run.join(group, [partition.stream], in: again)
            try await next.read(4, of: partition)
            try expectEqual(next.values(of: partition), ["6", "7", "8", "9"], "what is delivered after the crash")
            try await next.leave()
        },

        LogContract(
            "an open transaction dies with its log",
            "What a crash leaves open is never read, and whoever takes the id over can go on at once.",
            [.transactions], [.crash]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let id = uniqueName("contract-tx")
            let writer = try await run.writer(log, id: id)
            try await run.commit(["committed"], to: partition, by: writer)
            let open = try await run.open([NewRecord(partition, Record("left open"))], by: writer)
            try await run.crash(log)
            let again = try await run.open()
            let next = try await run.writer(again, id: id)
            try await run.commit(["next"], to: partition, by: next)
            try expectEqual(
                try await run.valuesUpTo("next", of: partition, in: again), ["committed", "next"],
                "what is read after the crash")
            open.task.cancel()
        },
    ]
}
