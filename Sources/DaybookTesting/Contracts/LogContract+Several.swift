import Daybook

extension LogContract {
    /// Several processes with the same log, or several logs of one process, are as one.
    static let several: [LogContract] = [
        LogContract(
            "logs see each other", "What one log appends wakes a reader of another, and both know the same streams.",
            [], [.several]
        ) { run in
            let (one, two) = (try await run.open(), try await run.open())
            let partition = try await run.partition(in: one)
            try expect(
                try await two.streams()[partition.stream] != nil, "a stream that another log created is not known")
            let reader = try await run.reader(of: two, from: try await two.watermarks(of: [partition]).mapValues(\.end))
            for number in 0..<3 {
                let waiting = Task { try await reader.next(awaiting: "a reader to be woken by another log's append") }
                try await run.giveOthersAChance(two)
                try await run.append(["\(number)"], to: partition, of: one)
                try expectEqual(
                    try await waiting.value.records.map(\.record.text), ["\(number)"], "what another log appended")
            }
            await reader.close()
        },

        LogContract(
            "groups span logs",
            "Members of one group in several logs share its partitions; a crashed log's go to those who live.",
            [.consumerGroups], [.several, .crash]
        ) {
            run in
            let (one, two) = (try await run.open(), try await run.open())
            let stream = try await run.stream(in: one, partitions: 4)
            let partitions = stream.allPartitions
            let group = uniqueName("contract-group")
            let journal = GroupJournal(run)
            let first = try await run.join(group, [stream.name], in: one, sessionTimeout: run.backend.sessionTimeout)
            let second = try await run.join(group, [stream.name], in: two)
            _ = journal.consume(first, as: "one")
            _ = journal.consume(second, as: "two")
            try await journal.wait("members in two logs to share four partitions") {
                $0.share(partitions, ["one", "two"])
            }
            let sent = try await run.appendNumbers(0..<10, to: partitions, of: two)
            try await journal.wait("every record to be delivered in two logs") { $0.hasAll(sent) }
            journal.giveUp("one")
            try await run.crash(one)
            try await journal.wait("the partitions of a crashed log's member to be taken over") {
                $0.share(partitions, ["two"])
            }
            let more = try await run.appendNumbers(10..<20, to: partitions, of: two)
            try await journal.wait("every record to be delivered after a log crashed") { $0.hasAll(more) }
            try await journal.leave(second, as: "two")
        },

        LogContract(
            "fencing spans logs", "A writer made in one log fences the one with its id in another.", [.transactions],
            [.several]
        ) { run in
            let (one, two) = (try await run.open(), try await run.open())
            let partition = try await run.partition(in: one)
            let id = uniqueName("contract-tx")
            let open = try await run.open([NewRecord(partition, Record("former"))], by: run.writer(one, id: id))
            let current = try await run.writer(two, id: id)
            try await run.commit(["current"], to: partition, by: current)
            try await expectError("the commit of a writer fenced by another log", { $0 == .fenced }) {
                try await open.finish()
            }
            try expectEqual(try await run.valuesUpTo("current", of: partition, in: one), ["current"], "what is read")
        },
    ]
}
