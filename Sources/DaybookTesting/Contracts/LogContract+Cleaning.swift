import Daybook

extension LogContract {
    /// What goes, goes as it was asked for, and nobody mistakes it for never having been.
    static let cleaning: [LogContract] = [
        LogContract(
            "trimming moves the low watermark",
            "Trimming drops the records before an offset and no others; offsets are never given again.", [.trimming]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let (partition, other) = (stream.allPartitions[0], stream.allPartitions[1])
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            try await run.append(["other"], to: other, of: log)
            let end = appended[9].position.offset + 1
            // The second one asks for less than is gone already.
            for before in [6, 3] {
                try await run.within("a trim") {
                    try await log.trim(partition, before: appended[before].position.offset)
                }
                try expectEqual(
                    try await log.watermarks(of: [partition]),
                    [partition: Watermarks(low: appended[6].position.offset, end: end)],
                    "watermarks after trimming before \(before)")
            }
            try expectEqual(try await run.values(of: partition, in: log), ["6", "7", "8", "9"], "what is left")
            let found = try await log.records(at: appended.map(\.position))
            try expectEqual(
                found.map { $0?.record.text }, (0..<10).map { $0 < 6 ? nil : "\($0)" }, "records by position")
            try await log.trim(partition, before: end)
            try expectEqual(
                try await log.watermarks(of: [partition]), [partition: Watermarks(low: end, end: end)], "all trimmed")
            let next = try await run.append(["10"], to: partition, of: log)
            try expectEqual(next[0].position.offset, end, "the offset after everything was trimmed")
            try expectEqual(
                try await run.values(of: partition, in: log), ["10"], "what came after everything was trimmed")
            try expectEqual(try await run.values(of: other, in: log), ["other"], "the other partition")
        },

        LogContract(
            "below the low watermark is out of range",
            "Reading from where trimming has been is refused, with the position and the range.",
            [.trimming]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let appended = try await run.append((0..<6).map { "\($0)" }, to: partition, of: log)
            try await log.trim(partition, before: appended[4].position.offset)
            let available = Watermarks(low: appended[4].position.offset, end: appended[5].position.offset + 1)
            for position in [appended[0].position, appended[3].position] {
                try await expectError(
                    "reading below the low watermark", { $0 == .outOfRange(position: position, available: available) }
                ) {
                    let reader = try await run.reader(of: log, from: [partition: position.offset])
                    defer { Task { await reader.close() } }
                    try await reader.next(awaiting: "the answer that the position is out of range")
                }
            }
            let reader = try await run.reader(of: log, from: [partition: available.low])
            try await reader.read(2, of: partition)
            await reader.close()
        },

        LogContract(
            "an overtaken reader does not jump",
            "A reader that trimming overtakes is told out of range; it never goes on behind the gap as if nothing were missing.",
            [.trimming]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let appended = try await run.append((0..<50).map { "\($0)" }, to: partition, of: log)
            let reader = try await run.reader(of: log, from: [partition: appended[0].position.offset])
            try await reader.next(maximum: 2)
            try await log.trim(partition, before: appended[40].position.offset)
            do {
                // What it had fetched before it may still give.
                while true {
                    try await reader.next(maximum: 2, awaiting: "an overtaken reader to be told so")
                    let read = reader.values(of: partition)
                    try expectEqual(read, (0..<read.count).map { "\($0)" }, "what an overtaken reader gives")
                    if read.count == 50 { break }
                }
            } catch let error as LogError where error.isOutOfRange {}
            await reader.close()
        },

        LogContract(
            "retention drops what is old",
            "Records older than their stream's retention go, younger ones and those of other streams stay.",
            [.retention], [.clean]
        ) { run in
            let log = try await run.open()
            let short = try await run.partition(in: log, cleanup: .delete(retention: .seconds(3600)))
            let kept = try await run.partition(in: log)
            let old = try await run.append(["old 0", "old 1", "old 2"], to: short, of: log)
            try await run.append(["kept"], to: kept, of: log)
            try await run.clean(log, after: .seconds(600))
            try expectEqual(
                try await run.values(of: short, in: log), ["old 0", "old 1", "old 2"], "what is not old yet")
            let reader = try await run.reader(of: log, from: [short: old[1].position.offset])
            try await run.clean(log, after: .seconds(3600))
            let young = try await run.append(["young 0", "young 1"], to: short, of: log)
            try await run.clean(log, after: .seconds(600))
            try expectEqual(
                try await log.watermarks(of: [short]),
                [short: Watermarks(low: old[2].position.offset + 1, end: young[1].position.offset + 1)],
                "what retention leaves")
            try expectEqual(
                young[0].position.offset, old[2].position.offset + 1, "the offset after everything before it went")
            try expectEqual(try await run.values(of: short, in: log), ["young 0", "young 1"], "what is left")
            try expectEqual(try await log.records(at: [old[0].position]), [nil], "an old record by its position")
            try expectEqual(try await run.values(of: kept, in: log), ["kept"], "the stream that is kept for ever")
            try await expectError("a reader that retention overtook", { $0.isOutOfRange }) {
                try await reader.next(awaiting: "an overtaken reader to be told so")
            }
            await reader.close()
        },

        LogContract(
            "compaction keeps the last of each key",
            "Of records with an equal key the last one stays, where it lies; what it supersedes goes.",
            [.compaction], [.clean]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log, cleanup: .compact)
            let plain = try await run.partition(in: log)
            let keys = ["a", "b", "a", "c", "", "b", "a", "", "d"]
            for target in [partition, plain] {
                try await run.append(keys.enumerated().map { NewRecord(target, Record("\($0)", key: $1)) }, to: log)
            }
            let before = try await run.contents(of: [partition], in: log)[partition, default: []]
            try expectEqual(before.map(\.record.text), (0..<9).map { "\($0)" }, "before compaction")
            let end = try await log.watermarks(of: [partition])[partition]?.end
            for _ in 0..<2 {
                try await run.clean(log, after: .seconds(60))
                let after = try await run.contents(of: [partition], in: log)[partition, default: []]
                try expectEqual(after, [3, 5, 6, 7, 8].map { before[$0] }, "after compaction")
            }
            let found = try await log.records(at: before.map { Position(partition, $0.offset) })
            try expectEqual(
                found.map { $0?.record.text }, [nil, nil, nil, "3", nil, "5", "6", "7", "8"], "records by position")
            try expectEqual(try await log.watermarks(of: [partition])[partition]?.end, end, "the end after compaction")
            // Reading goes on over the gaps from any offset that was given once.
            let reader = try await run.reader(of: log, from: [partition: before[4].offset])
            try await reader.read(4, of: partition)
            try expectEqual(
                reader.values(of: partition), ["5", "6", "7", "8"], "read from an offset that holds nothing any more")
            await reader.close()
            try expectEqual(
                try await run.values(of: plain, in: log).count, 9, "records of a stream that is not compacted")
        },

        LogContract(
            "a null value ends its key",
            "After compaction no value remains of a key whose last value is null, and the key can come back.",
            [.compaction], [.clean]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log, cleanup: .compact)
            let ended = Record(key: Array("ended".utf8), value: nil)
            try await run.append(
                [
                    Record("1", key: "ended"), Record("2", key: "kept"), ended,
                    Record(key: Array("empty".utf8), value: []),
                ]
                .map { NewRecord(partition, $0) }, to: log)
            try await run.clean(log, after: .seconds(60))
            // The null itself may stay for those who have yet to learn of it.
            let found = try await run.contents(of: [partition], in: log)[partition, default: []]
            try expectEqual(found.compactMap(\.record.value), [Array("2".utf8), []], "values after compaction")
            try await run.append([NewRecord(partition, Record("back", key: "ended"))], to: log)
            try await run.clean(log, after: .seconds(60))
            let later = try await run.contents(of: [partition], in: log)[partition, default: []]
            try expectEqual(
                later.compactMap(\.record.value), [Array("2".utf8), [], Array("back".utf8)],
                "values after a key came back")
        },
    ]
}

extension ContractRun {
    fileprivate func clean(_ log: any EventLog, after time: Duration) async throws {
        try await within("the cleaner") { [bed] in try await bed.clean(log, after: time) }
    }
}
