import Daybook

extension LogContract {
    /// What is appended is there: all of it, once, in order, where it was said to be.
    static let appending: [LogContract] = [
        LogContract(
            "appended records are read", "Every record that was acknowledged is read once, and nothing else is."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let sent = (0..<100).map { "record \($0)" }
            for start in stride(from: 0, to: 100, by: 10) {
                try await run.append(Array(sent[start..<start + 10]), to: partition, of: log)
            }
            try expectEqual(try await run.values(of: partition, in: log), sent, "what was read")
        },

        LogContract(
            "concurrent appenders lose nothing",
            "Records that many tasks append at once are all stored, once, and each task's in its order."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<25 {
                            let records = stream.allPartitions.map {
                                NewRecord($0, Record("\(writer) \(number)", key: "\(writer)"))
                            }
                            try await run.append(records, to: log)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for (partition, records) in try await run.contents(of: stream.allPartitions, in: log) {
                try expectEqual(records.count, 200, "records in \(partition)")
                for writer in 0..<8 {
                    let own = records.map(\.record).filter { $0.key == Array("\(writer)".utf8) }.map(\.text)
                    try expectEqual(
                        own, (0..<25).map { "\(writer) \($0)" }, "records of task \(writer) in \(partition)")
                }
            }
        },

        LogContract(
            "streams are isolated", "A record is read from the stream and partition it was meant for and no other."
        ) {
            run in
            let log = try await run.open()
            var streams: [StreamSpecification] = []
            for _ in 0..<5 { streams.append(try await run.stream(in: log, partitions: 2)) }
            let partitions = streams.flatMap(\.allPartitions)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for partition in partitions {
                    group.addTask {
                        for number in 0..<10 {
                            try await run.append(["\(partition) \(number)"], to: partition, of: log)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let found = try await run.contents(of: partitions, in: log)
            for partition in partitions {
                try expectEqual(
                    found[partition, default: []].map(\.record.text), (0..<10).map { "\(partition) \($0)" },
                    "records in \(partition)")
            }
        },

        LogContract(
            "a batch keeps its order",
            "Records of one call for one partition are stored in their order, whatever lies between them."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 4)
            let records = (0..<400).map { number in
                NewRecord(
                    StreamPartition(stream.name, Int32(number * 7 % 4)), Record("\(number)", key: "key \(number % 16)"))
            }
            try await run.append(records, to: log)
            let found = try await run.contents(of: stream.allPartitions, in: log)
            for partition in stream.allPartitions {
                try expectEqual(
                    found[partition, default: []].map(\.record),
                    records.filter { $0.partition == partition }.map(\.record),
                    "records in \(partition)")
            }
        },

        LogContract(
            "later appends come later",
            "What is appended after an earlier call was answered is read after that call's records."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            // Each call is made by another task, so that no queue of the caller's own gives the order.
            for number in 0..<50 {
                try await Task { _ = try await run.append(["\(number)", "\(number) again"], to: partition, of: log) }
                    .value
            }
            try expectEqual(
                try await run.values(of: partition, in: log), (0..<50).flatMap { ["\($0)", "\($0) again"] }, "the order"
            )
        },

        LogContract(
            "offsets are consecutive",
            "Plain appends, also by many tasks at once, leave no gap between the offsets of a partition."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 3)
            let before = try await log.watermarks(of: stream.allPartitions)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await run.append(
                                stream.allPartitions.flatMap {
                                    [NewRecord($0, Record("a")), NewRecord($0, Record("b"))]
                                }, to: log)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for (partition, records) in try await run.contents(of: stream.allPartitions, in: log) {
                let first = before[partition]?.end ?? 0
                try expectEqual(records.map(\.offset), Array(first..<first + 120), "offsets in \(partition)")
            }
        },

        LogContract(
            "positions and times are as told",
            "The position and the log time that an append returns are those the record is read with."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            var told: [Position: (text: String, time: Timestamp)] = [:]
            for round in 0..<10 {
                let records = (0..<5).map { NewRecord(stream.allPartitions[$0 % 2], Record("\(round) \($0)")) }
                for (record, appended) in zip(records, try await run.append(records, to: log)) {
                    try expectEqual(appended.position.partition, record.partition, "the partition told")
                    told[appended.position] = (record.record.text, appended.time)
                }
            }
            try expectEqual(told.count, 50, "different positions told")
            for (partition, records) in try await run.contents(of: stream.allPartitions, in: log) {
                for stored in records {
                    let position = Position(partition, stored.offset)
                    try expectEqual(stored.record.text, told[position]?.text, "the record at \(position)")
                    try expectEqual(stored.time, told[position]?.time, "the log time at \(position)")
                }
            }
        },

        LogContract(
            "log times never fall", "Within a partition no record has an earlier log time than the one before it."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<20 {
                            try await run.append(stream.allPartitions.map { NewRecord($0, Record("x")) }, to: log)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for (partition, records) in try await run.contents(of: stream.allPartitions, in: log) {
                for (earlier, later) in zip(records, records.dropFirst()) {
                    try expect(
                        earlier.time <= later.time,
                        "\(partition): \(later.time) at \(later.offset) follows \(earlier.time) at \(earlier.offset)")
                }
            }
        },

        LogContract(
            "outcomes are per record",
            "One bad record of many fails for itself; those of other partitions are stored all the same."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 3)
            var records = (0..<9).map { NewRecord(stream.allPartitions[$0 % 3], Record("\($0)")) }
            records[4] = NewRecord(stream.allPartitions[1], run.tooLarge(for: log))
            let sent = records
            let outcomes = try await run.within("the append") { await log.append(sent) }
            try expectEqual(outcomes.count, 9, "outcomes")
            for index in [0, 1, 2, 3, 5, 6, 8] {
                try expect(outcomes[index].isSuccess, "record \(index) failed: \(outcomes[index])")
            }
            try expect(!outcomes[4].isSuccess, "the record that is too large was acknowledged")
            let found = try await run.contents(of: stream.allPartitions, in: log).mapValues { $0.map(\.record.text) }
            try expectEqual(found[stream.allPartitions[0]], ["0", "3", "6"], "the partition before the bad one")
            try expectEqual(found[stream.allPartitions[1]], ["1"], "the partition with the bad record")
            try expectEqual(found[stream.allPartitions[2]], ["2", "5", "8"], "the partition behind the bad one")
        },

        LogContract(
            "a failure holds back its partition",
            "No record is stored behind one of its partition that failed in the same call, so trying the failed ones again keeps the order."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let batch = [Record("0"), run.tooLarge(for: log), Record("2"), Record("3")].map { NewRecord(partition, $0) }
            let outcomes = try await run.within("the append") { await log.append(batch) }
            try expectEqual(outcomes.count, 4, "outcomes")
            try expect(outcomes[0].isSuccess, "the record before the bad one failed")
            for index in 2...3 {
                try expectEqual(outcomes[index].failure, .precedingFailed, "the outcome of record \(index)")
            }
            try expectEqual(try await run.values(of: partition, in: log), ["0"], "what was stored")
            try await run.append(["1", "2", "3"], to: partition, of: log)
            try expectEqual(
                try await run.values(of: partition, in: log), ["0", "1", "2", "3"], "the order after a new try")
        },

        LogContract(
            "too large is told",
            "A record of the largest size is stored; one byte more is refused with the sizes and stores nothing."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let maximum = log.maximumRecordBytes
            let largest = Record(value: [UInt8](repeating: 7, count: maximum))
            try await run.append([NewRecord(partition, largest)], to: log)
            let outcomes = try await run.within("the append") {
                await log.append([NewRecord(partition, run.tooLarge(for: log))])
            }
            try expectEqual(
                outcomes.map(\.failure), [.tooLarge(bytes: maximum + 1, maximum: maximum)], "the outcome")
            let found = try await run.contents(of: [partition], in: log)[partition, default: []]
            try expect(
                found.map(\.record) == [largest], "of the two, \(found.map(\.record.byteCount)) bytes were stored")
        },

        LogContract(
            "unknown partitions are told",
            "An append to a stream or partition that is not there is refused as such and creates nothing."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let unknown = [StreamPartition(uniqueName("nowhere"), 0), StreamPartition(stream.name, 2)]
            let records = ([stream.allPartitions[1]] + unknown).map { NewRecord($0, Record("x")) }
            let outcomes = try await run.within("the append") { await log.append(records) }
            try expectEqual(
                outcomes.map(\.failure), [nil, .unknownPartition(unknown[0]), .unknownPartition(unknown[1])],
                "the outcomes")
            let streams = try await log.streams()
            try expect(streams[unknown[0].stream] == nil, "the append created the stream")
            try expectEqual(streams[stream.name]?.partitions, 2, "partitions of the stream")
        },

        LogContract("an empty batch is nothing", "Appending no records gives no outcomes and moves nothing.") { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let before = try await log.watermarks(of: [partition])
            let outcomes = try await run.within("the append") { await log.append([]) }
            try expectEqual(outcomes.count, 0, "outcomes")
            try expectEqual(try await log.watermarks(of: [partition]), before, "watermarks")
        },
    ]
}

extension ContractRun {
    /// A record that is one byte larger than the log takes.
    func tooLarge(for log: any EventLog) -> Record {
        Record(value: [UInt8](repeating: 7, count: log.maximumRecordBytes + 1))
    }
}

extension Result where Failure == LogError {
    var isSuccess: Bool { failure == nil }

    var failure: LogError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
