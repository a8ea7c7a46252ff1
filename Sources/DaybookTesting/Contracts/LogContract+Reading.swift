import Daybook

extension LogContract {
    /// A reader gives everything from where it was told to begin, waits where there is nothing, and says where it stands.
    static let reading: [LogContract] = [
        LogContract(
            "reading begins anywhere", "A reader begins at the low watermark, at any offset between, or at the end."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            let marks = try await run.within("the watermarks") { try await log.watermarks(of: [partition]) }
            try expectEqual(marks[partition]?.low, appended[0].position.offset, "the low watermark")
            for start in [0, 1, 5, 9, 10] {
                let offset = appended[0].position.offset + Int64(start)
                let reader = try await run.reader(of: log, from: [partition: offset])
                // The end has nothing yet; what comes next is the first it reads.
                if start == 10 { try await run.append(["10"], to: partition, of: log) }
                let expected = (start...(start == 10 ? 10 : 9)).map { "\($0)" }
                try await reader.read(expected.count, of: partition)
                try expectEqual(reader.values(of: partition), expected, "read from \(offset)")
                await reader.close()
            }
        },

        LogContract(
            "a reader waits at the end", "At the end a reader suspends, without empty answers, and an append wakes it."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let appended = try await run.append(["before"], to: partition, of: log)
            let reader = try await run.reader(of: log, from: [partition: appended[0].position.offset + 1])
            let woken = Watched(false)
            let waiting = Task {
                defer { woken.update { $0 = true } }
                return try await reader.next(awaiting: "the append to wake a reader that waits at the end")
            }
            try await run.giveOthersAChance(log)
            try expect(!woken.value, "a reader at the end came back before anything was appended")
            try await run.append(["after"], to: partition, of: log)
            let batch = try await waiting.value
            try expectEqual(batch.records.map(\.record.text), ["after"], "what woke the reader")
            await reader.close()
        },

        LogContract(
            "any partition wakes a reader",
            "A reader that waits at the end of several partitions is woken by an append to any of them, by any task."
        ) { run in
            let log = try await run.open()
            let partitions = try await run.stream(in: log, partitions: 2).allPartitions + [run.partition(in: log)]
            let reader = try await run.reader(
                of: log, from: try await log.watermarks(of: partitions).mapValues(\.end))
            for (number, partition) in (partitions + partitions.reversed()).enumerated() {
                let waiting = Task {
                    try await reader.next(awaiting: "an append to \(partition) to wake a waiting reader")
                }
                try await run.giveOthersAChance(log)
                try await Task.detached { _ = try await run.append(["\(number)"], to: partition, of: log) }.value
                let batch = try await waiting.value
                try expectEqual(batch.partition, partition, "the partition that woke the reader")
                try expectEqual(batch.records.map(\.record.text), ["\(number)"], "the record that woke the reader")
            }
            await reader.close()
        },

        LogContract(
            "batches keep to the maximum",
            "No batch has more records than were asked for, down to one, and none is left out."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let sent = (0..<30).map { "\($0)" }
            try await run.append(sent, to: partition, of: log)
            for maximum in [1, 7, 1000] {
                let reader = try await run.reader(
                    of: log, from: try await log.watermarks(of: [partition]).mapValues(\.low))
                while reader.values(of: partition).count < sent.count {
                    try await reader.next(maximum: maximum, awaiting: "a batch of at most \(maximum)")
                }
                try expectEqual(reader.values(of: partition), sent, "read in batches of at most \(maximum)")
                await reader.close()
            }
        },

        LogContract(
            "partitions take turns",
            "A partition that always has more to read does not keep the others from being read."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 3)
            let (busy, quiet) = (stream.allPartitions[0], stream.allPartitions[1...])
            try await run.append((0..<40).map { "\($0)" }, to: busy, of: log)
            try await run.append(quiet.map { NewRecord($0, Record("quiet")) }, to: log)
            let starts = try await log.watermarks(of: stream.allPartitions).mapValues(\.low)
            let reader = try await run.reader(of: log, from: starts)
            var batches = 0
            while let starved = quiet.first(where: { reader.records[$0] == nil }) {
                let batch = try await reader.next(maximum: 10, awaiting: "a batch of one of three partitions")
                batches += 1
                try expect(batches <= 200, "\(batches) batches came without the only record of \(starved)")
                // Twice what is read of it, so that it never runs dry.
                if batch.partition == busy { try await run.append((0..<20).map { "\($0)" }, to: busy, of: log) }
            }
            await reader.close()
        },
    ]
}
