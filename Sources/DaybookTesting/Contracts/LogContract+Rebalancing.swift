import Daybook

extension LogContract {
    /// Every partition has one holder at a time, always gets a new one, and nothing is lost on the way.
    static let rebalancing: [LogContract] = [
        LogContract(
            "members share the partitions",
            "Two members hold all partitions between them and none in common, and are given every record.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 4)
            let group = uniqueName("contract-group")
            let journal = GroupJournal(run)
            let partitions = stream.allPartitions
            var members: [(name: String, member: CheckedMember, task: Task<Void, Never>)] = []
            for name in ["one", "two"] {
                let member = try await run.join(group, [stream.name], in: log)
                members.append((name, member, journal.consume(member, as: name)))
                // The first holds all before the second takes its share.
                let names = members.map(\.name)
                try await journal.wait("\(names) to share four partitions") { $0.share(partitions, names) }
            }
            var assigned: [StreamPartition] = []
            for (_, member, _) in members { assigned += await member.base.assignment }
            try expectEqual(assigned.sorted(), partitions, "the assignments of both")
            let sent = try await run.appendNumbers(0..<10, to: partitions, of: log)
            try await journal.wait("every record to be delivered to two members") { $0.hasAll(sent) }
            for (name, member, task) in members {
                try await journal.leave(member, as: name)
                await task.value
            }
        },

        LogContract(
            "a joining member leaves no gap",
            "While members join and take over partitions, every record is delivered and no partition has two holders.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 4)
            let partitions = stream.allPartitions
            let group = uniqueName("contract-group")
            let journal = GroupJournal(run)
            let names = ["one", "two", "three"]
            var members: [CheckedMember] = []
            var sent: [StreamPartition: [String]] = [:]
            for (round, name) in names.enumerated() {
                // Each join meets records that are appended and read at the same time.
                let numbers = round * 20..<(round + 1) * 20
                let appending = Task { try await run.appendNumbers(numbers, to: partitions, of: log) }
                let member = try await run.join(group, [stream.name], in: log)
                members.append(member)
                _ = journal.consume(member, as: name)
                try await sent.merge(appending.value, uniquingKeysWith: +)
                let present = Array(names[...round])
                try await journal.wait("\(present) to share four partitions") { $0.share(partitions, present) }
            }
            try await sent.merge(run.appendNumbers(60..<70, to: partitions, of: log), uniquingKeysWith: +)
            let all = sent
            try await journal.wait("every record to be delivered though members join") { $0.hasAll(all) }
            for (name, member) in zip(names, members) { try await journal.leave(member, as: name) }
        },

        LogContract(
            "a leaving member leaves no gap",
            "What a member that leaves has not committed is delivered to those who stay, and they get its partitions without delay.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 4)
            let partitions = stream.allPartitions
            let group = uniqueName("contract-group")
            let sent = try await run.appendNumbers(0..<10, to: partitions, of: log)
            // It takes everything, and keeps to itself how far it has come.
            let silent = try await run.join(group, [stream.name], in: log)
            for partition in partitions { try await silent.read(10, of: partition) }
            let journal = GroupJournal(run)
            let member = try await run.join(group, [stream.name], in: log)
            let task = journal.consume(member, as: "stays")
            try await silent.leave()
            try await journal.wait("the partitions of a member that left to be taken over") {
                $0.share(partitions, ["stays"])
            }
            try await journal.wait("what a member did not commit to be delivered again") { $0.hasAll(sent) }
            try await journal.leave(member, as: "stays")
            await task.value
        },

        LogContract(
            "leaving ends the wait", "A member that leaves ends its own wait, and can do no more.", [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let member = try await run.join(uniqueName("contract-group"), [partition.stream], in: log)
            try await member.hold([partition])
            let waiting = Task { try await member.next(awaiting: "the wait of a member that leaves to end") }
            try await run.giveOthersAChance(log)
            try await member.leave()
            try await expectError("the wait of a member that left", { $0 == .closed }) { try await waiting.value }
            try await expectError("the next event of a member that left", { $0 == .closed }) { try await member.next() }
            try await expectError("a commit of a member that left", { $0 == .fenced || $0 == .closed }) {
                try await member.commit([partition: 0])
            }
            try await member.leave()
        },

        LogContract(
            "what is revoked can be committed",
            "Until it asks for its next event a member may commit what it is about to lose; the next holder begins there.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let partitions = stream.allPartitions
            let group = uniqueName("contract-group")
            let first = try await run.join(group, [stream.name], in: log)
            try await first.hold(Set(partitions))
            for partition in partitions { try await run.append((0..<5).map { "\($0)" }, to: partition, of: log) }
            for partition in partitions { try await first.read(5, of: partition) }
            let ends = first.offsets
            let second = try await run.join(group, [stream.name], in: log)
            let taking = Task {
                while second.held.isEmpty {
                    try await second.next(awaiting: "a second member to be assigned something")
                }
            }
            let revoked = try await first.untilRevoked()
            try expect(!revoked.isEmpty, "nothing was revoked")
            try await first.commit(ends.filter { revoked.contains($0.key) })
            let onward = Task { try await first.consumeUntilClosed() }
            try await taking.value
            for partition in second.held {
                try await run.append(["5"], to: partition, of: log)
                try await second.read(1, of: partition)
                try expectEqual(
                    second.values(of: partition).first, "5", "the first record behind a commit made while losing it")
            }
            for member in [first, second] { try await member.leave() }
            try await onward.value
        },

        LogContract(
            "what is lost cannot be committed",
            "A member's commit that names a partition it no longer holds is fenced, and commits nothing.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let partitions = stream.allPartitions
            let group = uniqueName("contract-group")
            try await run.appendNumbers(0..<5, to: partitions, of: log)
            let first = try await run.join(group, [stream.name], in: log)
            try await first.hold(Set(partitions))
            for partition in partitions { try await first.read(5, of: partition) }
            let ends = first.offsets
            let second = try await run.join(group, [stream.name], in: log)
            let taking = Task {
                while second.held.isEmpty {
                    try await second.next(awaiting: "a second member to be assigned something")
                }
            }
            _ = try await first.untilRevoked()
            let onward = Task { try await first.consumeUntilClosed() }
            try await taking.value
            // One of them it still has, or gets back; the other one is the second member's.
            try await expectError("a commit of a partition that was lost", { $0 == .fenced }) {
                try await first.commit(ends)
            }
            let taken = Array(second.held)
            try expectEqual(
                try await log.committedPositions(group: group, of: taken), [:],
                "positions after a commit that was fenced")
            for member in [first, second] { try await member.leave() }
            try await onward.value
        },

        LogContract(
            "a member taken for dead is fenced",
            "The partitions of a member that no longer asks for events go to another, from the committed position, and it can commit no more.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let group = uniqueName("contract-group")
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            let dead = try await run.join(
                group, [partition.stream], in: log, sessionTimeout: run.backend.sessionTimeout)
            try await dead.read(10, of: partition)
            try await dead.commit([partition: appended[4].position.offset])
            let member = try await run.join(
                group, [partition.stream], in: log, sessionTimeout: run.backend.sessionTimeout)
            try await member.read(6, of: partition)
            try expectEqual(
                member.values(of: partition), (4..<10).map { "\($0)" }, "what is delivered after a member's death")
            try await expectError("a commit of a member taken for dead", { $0 == .fenced }) {
                try await dead.commit([partition: appended[9].position.offset])
            }
            try expectEqual(
                try await log.committedPositions(group: group, of: [partition]),
                [partition: appended[4].position.offset],
                "the position after a commit that was fenced")
            for one in [dead, member] { try await one.leave() }
        },
    ]
}

extension CheckedMember {
    /// Goes on until something is revoked.
    fileprivate func untilRevoked() async throws -> Set<StreamPartition> {
        while true {
            if case .revoked(let partitions) = try await next(awaiting: "a member to be told what it is about to lose")
            {
                return partitions
            }
        }
    }

    /// Takes every event until the member has left.
    fileprivate func consumeUntilClosed() async throws {
        do {
            while true { _ = try await base.next(maximum: 10) }
        } catch LogError.closed {}
    }
}

extension ContractRun {
    /// Appends a record for each number to each partition, number by number, and tells what was appended.
    @discardableResult
    func appendNumbers(
        _ numbers: Range<Int>, to partitions: [StreamPartition], of log: any EventLog
    ) async throws -> [StreamPartition: [String]] {
        for number in numbers { try await append(partitions.map { NewRecord($0, Record("\(number)")) }, to: log) }
        return Dictionary(uniqueKeysWithValues: partitions.map { ($0, numbers.map { "\($0)" }) })
    }
}
