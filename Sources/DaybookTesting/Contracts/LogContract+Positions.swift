import Daybook

extension LogContract {
    /// Every offset means what it says: where it lies, what is there, and how far one has come.
    static let positions: [LogContract] = [
        LogContract(
            "caught up is told",
            "A reader that has read everything stands at the end it was told, and that is the end of the partition."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            let reader = try await run.reader(of: log, from: try await log.watermarks(of: [partition]).mapValues(\.low))
            for _ in 0..<2 {
                repeat {
                    try await reader.next(maximum: 4, awaiting: "a reader behind the end it was told to get there")
                } while reader.offsets[partition] != reader.ends[partition]
                let marks = try await log.watermarks(of: [partition])
                try expectEqual(
                    reader.offsets[partition], marks[partition]?.end, "the position of a reader that caught up")
                try await run.append(["more"], to: partition, of: log)
            }
            await reader.close()
        },

        LogContract(
            "caught up is told behind transactions",
            "A reader comes to the end also where the last offsets hold nothing to be read: markers, and what was aborted.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let writer = try await run.within("a writer") { try await log.transactionalWriter(id: uniqueName("tx")) }
            let start = try await log.watermarks(of: [partition]).mapValues(\.low)
            let reader = try await run.reader(of: log, from: start)
            for text in ["first", "second"] {
                try await run.append([text], to: partition, of: log)
                try await run.commit([text + " committed"], to: partition, by: writer)
                try await run.abort(["aborted", "aborted"], to: partition, by: writer)
                // The end may still be moving, as the markers come in.
                while true {
                    let end = try await log.watermarks(of: [partition])[partition]?.end ?? 0
                    if (reader.offsets[partition] ?? 0) >= end,
                        reader.values(of: partition).last == text + " committed"
                    {
                        break
                    }
                    try await reader.next(awaiting: "a reader to come to the end behind an aborted transaction")
                }
            }
            try expectEqual(
                reader.values(of: partition), ["first", "first committed", "second", "second committed"],
                "what was read")
            await reader.close()
        },

        LogContract(
            "above the end is out of range", "Reading from behind the end is refused, with the position and the range."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            try await run.append(["a", "b"], to: partition, of: log)
            let marks = try await log.watermarks(of: [partition])
            let position = Position(partition, (marks[partition]?.end ?? 0) + 1000)
            try await expectError(
                "reading from behind the end",
                { $0 == .outOfRange(position: position, available: marks[partition] ?? Watermarks(low: 0, end: 0)) }
            ) {
                let reader = try await run.reader(of: log, from: [partition: position.offset])
                defer { Task { await reader.close() } }
                try await reader.next(awaiting: "the answer that the position is out of range")
            }
        },

        LogContract(
            "watermarks are the range",
            "The watermarks of each partition are its first offset and the one behind its last."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 3)
            let empty = try await log.watermarks(of: stream.allPartitions)
            try expectEqual(Set(empty.keys), Set(stream.allPartitions), "the partitions told of")
            for (partition, marks) in empty { try expectEqual(marks.low, marks.end, "an empty partition \(partition)") }
            for (index, partition) in stream.allPartitions.enumerated() {
                let appended = try await run.append((0...index).map { "\($0)" }, to: partition, of: log)
                let marks = try await log.watermarks(of: [partition])
                try expectEqual(
                    marks,
                    [partition: Watermarks(low: appended[0].position.offset, end: appended[index].position.offset + 1)],
                    "after \(index + 1) records")
            }
            let unknown = StreamPartition(stream.name, 3)
            try await expectError("watermarks of an unknown partition", { $0 == .unknownPartition(unknown) }) {
                try await log.watermarks(of: stream.allPartitions + [unknown])
            }
        },

        LogContract(
            "records are found by position",
            "Asked for positions, the log gives their records in the order asked, and nil where there is none; a partition that is not there is told."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let (first, second) = (stream.allPartitions[0], stream.allPartitions[1])
            let left = try await run.append((0..<6).map { "left \($0)" }, to: first, of: log)
            let right = try await run.append((0..<6).map { "right \($0)" }, to: second, of: log)
            let positions = [left[4], right[0], left[1], left[4], right[5]].map(\.position)
            let missing = [
                Position(first, left[5].position.offset + 1), Position(second, right[5].position.offset + 5000),
            ]
            let found = try await run.within("the records by position") {
                try await log.records(at: [missing[0]] + positions + [missing[1]])
            }
            try expectEqual(
                found.map { $0?.record.text }, [nil, "left 4", "right 0", "left 1", "left 4", "right 5", nil],
                "the records")
            try expectEqual(found[1]?.offset, left[4].position.offset, "the offset of a record")
            try expectEqual(found[1]?.time, left[4].time, "the log time of a record")
            try expectEqual(try await log.records(at: []).count, 0, "records at no positions")
            for unknown in [StreamPartition(stream.name, 2), StreamPartition(uniqueName("nowhere"), 0)] {
                try await expectError("a record of an unknown partition", { $0 == .unknownPartition(unknown) }) {
                    try await run.within("the answer that a partition is unknown") {
                        _ = try await log.records(at: [positions[0], Position(unknown, 0)])
                    }
                }
            }
        },

        LogContract(
            "records are found in many large batches",
            "Records of many partitions are found at once, also when what was written together with each of them is large."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 12)
            var random = SeededGenerator(seed: 7)
            var positions: [Position] = []
            for partition in stream.allPartitions {
                // What does not become small by compression.
                let texts = (0..<400).map { number in
                    "\(number) " + (0..<30).map { _ in String(random.next(), radix: 36) }.joined()
                }
                let appended = try await run.append(texts, to: partition, of: log)
                positions += [appended[390].position, appended[3].position]
            }
            let found = try await run.within("the records by position") { [positions] in
                try await log.records(at: positions)
            }
            try expectEqual(found.map { $0?.offset }, positions.map { $0.offset }, "the records' offsets")
            try expectEqual(
                found.map { $0?.record.text.prefix { $0 != " " } },
                stream.allPartitions.flatMap { _ in ["390", "3"] }, "the records")
        },

        LogContract(
            "a log time leads to an offset",
            "The offset at a time is that of the first record with this log time or a later one, and the end behind the last.",
            [.seekByTime]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            // One by one, until the log has given three different times.
            var times: Set<Timestamp> = []
            var count = 0
            while times.count < 3 || count < 6 {
                times.insert(try await run.append(["\(count)"], to: partition, of: log)[0].time)
                count += 1
                try expect(count < 100_000, "\(count) records came with \(times.count) log times")
            }
            let records = try await run.contents(of: [partition], in: log)[partition, default: []]
            let end = try await log.watermarks(of: [partition])[partition]?.end
            let known = times.sorted()
            let asked =
                known + known.map { $0.advanced(by: .microseconds(-1)) }
                + known.map { $0.advanced(by: .microseconds(1)) }
                + [known[0].advanced(by: .seconds(-86_400)), known[known.count - 1].advanced(by: .seconds(86_400))]
            for time in asked {
                let expected = records.first { $0.time >= time }?.offset ?? end
                let found = try await run.within("the offset at a time") {
                    try await log.offset(in: partition, at: time)
                }
                try expectEqual(found, expected, "the offset at \(time) among \(known)")
            }
        },

        LogContract(
            "partitions can be added",
            "Partitions added to a reader are read besides the others, from the offsets given."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 3)
            let appended = try await run.append(
                stream.allPartitions.flatMap { partition in
                    (0..<5).map { NewRecord(partition, Record("\(partition) \($0)")) }
                },
                to: log)
            let offset = { (index: Int) in appended[index].position.offset }
            let reader = try await run.reader(of: log, from: [stream.allPartitions[0]: offset(0)])
            try await reader.read(5, of: stream.allPartitions[0])
            // Added while somebody waits.
            let waiting = Task { try await reader.next(awaiting: "a partition that is added to wake a waiting reader") }
            try await run.giveOthersAChance(log)
            try await reader.add([stream.allPartitions[1]: offset(5) + 2, stream.allPartitions[2]: offset(10)])
            _ = try await waiting.value
            try await reader.read(3, of: stream.allPartitions[1])
            try await reader.read(5, of: stream.allPartitions[2])
            let read = reader.values(of: stream.allPartitions[1])
            try expectEqual(
                read, (2..<5).map { "\(stream.allPartitions[1]) \($0)" }, "the partition added in its middle")
            await reader.close()
        },

        LogContract(
            "a partition that is added again moves",
            "Adding a partition that is read already makes it go on at the offset given."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let appended = try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            let reader = try await run.reader(of: log, from: [partition: appended[0].position.offset])
            try await reader.read(10, of: partition)
            try await reader.add([partition: appended[6].position.offset])
            try await reader.read(14, of: partition)
            try expectEqual(reader.values(of: partition).suffix(4), ["6", "7", "8", "9"], "read after going back")
            let end = appended[9].position.offset + 1
            try await expectError("adding a partition above its end", { $0.isOutOfRange }) {
                try await reader.add([partition: end + 1000])
                try await reader.next(awaiting: "the answer that the added position is out of range")
            }
            await reader.close()
        },
    ]
}
