import Daybook

extension LogContract {
    /// What a log tells of itself.
    static let vitals: [LogContract] = [
        LogContract("a healthy log says so", "A log that can be written to is healthy, before and after it is used.") {
            run in
            let log = try await run.open()
            try await run.within("the health check") { try await log.checkHealth() }
            let partition = try await run.partition(in: log)
            try await run.append(["x"], to: partition, of: log)
            try await run.within("the health check") { try await log.checkHealth() }
            try expectEqual(try await run.values(of: partition, in: log), ["x"], "what a health check leaves alone")
        },

        LogContract("a log counts what it does", "The statistics count what was appended, refused and read, from zero.")
        { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let before = log.statistics
            try expectEqual(
                [before.appendedRecords, before.failedAppends, before.readRecords], [0, 0, 0], "counts of a fresh log")
            try await run.append((0..<10).map { "\($0)" }, to: partition, of: log)
            _ = try await run.within("a refused append") {
                await log.append([NewRecord(partition, run.tooLarge(for: log))])
            }
            _ = try await run.contents(of: [partition], in: log)
            let after = log.statistics
            try expectEqual(after.appendedRecords, 10, "appended records")
            try expectEqual(after.appendedBytes, 10, "appended bytes")
            try expectEqual(after.failedAppends, 1, "failed appends")
            try expect(after.commits >= 1, "no commit was counted")
            // A log may read ahead.
            try expect(
                after.readRecords >= 10 && after.readBytes >= 10,
                "10 records were read and \(after.readRecords) counted")
        },

        LogContract(
            "a log has an identity",
            "The identity stays the same when the log is opened again, and no other log has it.", [], [.reopen]
        ) { run in
            let log = try await run.open()
            let identity = try await log.identity
            try expect(!identity.isEmpty, "the identity is empty")
            try expectEqual(try await log.identity, identity, "the identity when asked again")
            try await run.close(log)
            try expectEqual(try await run.open().identity, identity, "the identity after reopening")
        },
    ]
}
