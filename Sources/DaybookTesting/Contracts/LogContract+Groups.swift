import Daybook

extension LogContract {
    /// A group's positions are its own, and move only when it says so.
    static let groups: [LogContract] = [
        LogContract(
            "a group resumes where it committed",
            "Who joins next is given the record at the committed position first, and no later one.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let group = uniqueName("contract-group")
            let appended = try await run.append((0..<20).map { "\($0)" }, to: partition, of: log)
            for committed in [7, 13] {
                let member = try await run.join(group, [partition.stream], in: log)
                try await member.hold([partition])
                try expectEqual(await member.base.assignment, [partition], "the assignment")
                try await member.read(committed == 7 ? 20 : 13, of: partition)
                let position = appended[committed].position.offset
                try await member.commit([partition: position])
                try expectEqual(
                    try await log.committedPositions(group: group, of: [partition]), [partition: position],
                    "the position")
                try await member.leave()
            }
            let member = try await run.join(group, [partition.stream], in: log)
            try await member.read(7, of: partition)
            try expectEqual(member.values(of: partition), (13..<20).map { "\($0)" }, "what the next member is given")
            try await member.leave()
        },

        LogContract(
            "delivery is no commit",
            "What was delivered, but not committed, is delivered again after the member has left.", [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let group = uniqueName("contract-group")
            try await run.append(
                stream.allPartitions.flatMap { p in (0..<5).map { NewRecord(p, Record("\($0)")) } }, to: log)
            for _ in 0..<2 {
                let member = try await run.join(group, [stream.name], in: log)
                for partition in stream.allPartitions {
                    try await member.read(5, of: partition)
                    try expectEqual(
                        member.values(of: partition), (0..<5).map { "\($0)" }, "what is delivered of \(partition)")
                }
                try await member.leave()
                try expectEqual(
                    try await log.committedPositions(group: group, of: stream.allPartitions), [:],
                    "positions nobody committed")
            }
        },

        LogContract(
            "positions can be set",
            "The positions of a group without members can be set back and forth, also before anybody joined.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let (partition, other) = (stream.allPartitions[0], stream.allPartitions[1])
            let group = uniqueName("contract-group")
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            for start in [6, 2, 8] {
                let position = appended[start].position.offset
                try await run.within("positions to be set") {
                    try await log.setCommittedPositions(group: group, to: [partition: position])
                }
                try expectEqual(
                    try await log.committedPositions(group: group, of: [partition, other]), [partition: position],
                    "the position set")
                let member = try await run.join(group, [stream.name], in: log)
                try await member.read(10 - start, of: partition)
                try expectEqual(
                    member.values(of: partition), (start..<10).map { "\($0)" },
                    "what is read from a position that was set")
                try await member.commit([partition: appended[9].position.offset + 1])
                try await member.leave()
            }
        },

        LogContract(
            "an active group is protected",
            "While a group has a member its positions cannot be set, nor can it be deleted.", [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let group = uniqueName("contract-group")
            let appended = try await run.append(["0", "1", "2"], to: partition, of: log)
            let member = try await run.join(group, [partition.stream], in: log)
            try await member.read(3, of: partition)
            let committed = [partition: appended[1].position.offset]
            try await member.commit(committed)
            try await expectError("setting the positions of an active group", { $0 == .groupActive(group) }) {
                try await log.setCommittedPositions(group: group, to: [partition: appended[2].position.offset])
            }
            try await expectError("deleting an active group", { $0 == .groupActive(group) }) {
                try await log.deleteGroup(group)
            }
            try expectEqual(try await log.committedPositions(group: group, of: [partition]), committed, "the positions")
            try await member.leave()
            try await log.setCommittedPositions(group: group, to: [partition: appended[2].position.offset])
        },

        LogContract(
            "a deleted group is forgotten",
            "Deleting a group drops its positions, so that it begins anew; an unknown group can be deleted too.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let (group, kept) = (uniqueName("contract-group"), uniqueName("contract-group"))
            let appended = try await run.append(["0", "1", "2"], to: partition, of: log)
            let position = [partition: appended[2].position.offset]
            for name in [group, kept] { try await log.setCommittedPositions(group: name, to: position) }
            for name in [group, group, uniqueName("contract-nobody")] {
                try await run.within("a group to be deleted") { try await log.deleteGroup(name) }
            }
            try expectEqual(
                try await log.committedPositions(group: group, of: [partition]), [:], "positions of a deleted group")
            try expectEqual(
                try await log.committedPositions(group: kept, of: [partition]), position, "another group's positions")
            let member = try await run.join(group, [partition.stream], in: log)
            try await member.read(3, of: partition)
            try await member.leave()
        },

        LogContract(
            "groups are independent", "Each group is given every record, whatever others have read and committed.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let sent = (0..<20).map { "\($0)" }
            try await run.append(sent, to: partition, of: log)
            let groups = [uniqueName("contract-group"), uniqueName("contract-group")]
            for group in groups {
                let member = try await run.join(group, [partition.stream], in: log)
                try await member.read(20, of: partition)
                try expectEqual(member.values(of: partition), sent, "what one of two groups was given")
                try await member.commit(member.offsets)
                try await member.leave()
            }
        },

        LogContract(
            "a group starts where it is told",
            "Without a committed position a group reads all there is, or what is appended from its assignment on.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            try await run.append(["0", "1"], to: partition, of: log)
            let latest = try await run.join(uniqueName("contract-group"), [partition.stream], in: log, start: .latest)
            try await latest.hold([partition])
            try await run.append(["2", "3"], to: partition, of: log)
            try await latest.read(2, of: partition)
            try expectEqual(
                latest.values(of: partition), ["2", "3"], "what a group that starts at the latest is given")
            let earliest = try await run.join(
                uniqueName("contract-group"), [partition.stream], in: log, start: .earliest)
            try await earliest.read(4, of: partition)
            try expectEqual(
                earliest.values(of: partition), ["0", "1", "2", "3"], "what one that starts at the earliest is given")
            for member in [latest, earliest] { try await member.leave() }
        },

        LogContract(
            "a late start skips nothing later",
            "A group that started at the latest record is given everything from there on, also when its first member left without a commit.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let group = uniqueName("contract-group")
            try await run.append(["before"], to: partition, of: log)
            let first = try await run.join(group, [partition.stream], in: log, start: .latest)
            try await first.hold([partition])
            try await run.append(["0", "1"], to: partition, of: log)
            try await first.read(1, of: partition)
            try await first.leave()
            let second = try await run.join(group, [partition.stream], in: log, start: .latest)
            try await second.hold([partition])
            try await run.append(["2"], to: partition, of: log)
            try await second.read(1, of: partition)
            try expectEqual(second.values(of: partition).first, "0", "the first record that the second member is given")
            try await second.leave()
        },

        LogContract(
            "a group reads several streams", "A member is given the partitions of every stream its group reads.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let streams = [try await run.stream(in: log, partitions: 2), try await run.stream(in: log, partitions: 1)]
            let other = try await run.partition(in: log)
            let partitions = streams.flatMap(\.allPartitions)
            try await run.append((partitions + [other]).map { NewRecord($0, Record("in \($0)")) }, to: log)
            let member = try await run.join(uniqueName("contract-group"), streams.map(\.name), in: log)
            for partition in partitions { try await member.read(1, of: partition) }
            try expectEqual(member.held, Set(partitions), "the partitions of a group's only member")
            try await member.leave()
        },

        LogContract(
            "a cancelled member goes on",
            "A waiting member that is cancelled ends its wait at once, stays in the group and misses nothing.",
            [.consumerGroups]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let member = try await run.join(uniqueName("contract-group"), [partition.stream], in: log)
            try await member.hold([partition])
            for round in 0..<3 {
                let waiting = Task { try await member.next(awaiting: "a cancelled member to end its wait") }
                try await run.giveOthersAChance(log)
                waiting.cancel()
                try await expectCancelled("a member that waits") { try await waiting.value }
                try await run.append(["\(round)"], to: partition, of: log)
                try await member.read(round + 1, of: partition)
            }
            try expectEqual(member.values(of: partition), ["0", "1", "2"], "what was read between cancellations")
            try expectEqual(await member.base.assignment, [partition], "the assignment after cancellations")
            try await member.leave()
        },

        LogContract(
            "an overtaken group is told",
            "When trimming overtook a group's position its member is told out of range; nothing is skipped silently.",
            [.consumerGroups, .trimming]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let group = uniqueName("contract-group")
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            try await log.setCommittedPositions(group: group, to: [partition: appended[2].position.offset])
            try await log.trim(partition, before: appended[6].position.offset)
            let member = try await run.join(group, [partition.stream], in: log)
            try await expectError(
                "reading from an overtaken position",
                { error in
                    if case .outOfRange(let position, _) = error { position == appended[2].position } else { false }
                }
            ) {
                while true {
                    if case .records(let batch) = try await member.next(
                        awaiting: "the answer that the position is lost")
                    {
                        throw ContractViolation(
                            "a group at 2, of which 6 is the first left, was given \(batch.records.map(\.record.text))")
                    }
                }
            }
            try await member.leave()
            try await log.setCommittedPositions(group: group, to: [partition: appended[6].position.offset])
            let again = try await run.join(group, [partition.stream], in: log)
            try await again.read(4, of: partition)
            try await again.leave()
        },
    ]
}
