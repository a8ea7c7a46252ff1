import Daybook

extension LogContract {
    /// Streams are what they were created as.
    static let streams: [LogContract] = [
        LogContract(
            "streams are told as created", "The log tells each stream with the partitions and the clean-up it has."
        ) { run in
            let log = try await run.open()
            var created = [try await run.stream(in: log, partitions: 3), try await run.stream(in: log)]
            if run.backend.features.contains(.retention) {
                created.append(try await run.stream(in: log, cleanup: .delete(retention: .seconds(3600))))
            }
            if run.backend.features.contains(.compaction) {
                created.append(try await run.stream(in: log, partitions: 2, cleanup: .compact))
            }
            let found = try await run.within("the streams") { try await log.streams() }
            for stream in created { try expectEqual(found[stream.name], stream, "the stream as told") }
        },

        LogContract(
            "creating again changes nothing",
            "Creating streams that exist creates those that are missing and harms nobody."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            try await run.append(["kept"], to: stream.allPartitions[1], of: log)
            let added = StreamSpecification(name: uniqueName("contract"), partitions: 1)
            for _ in 0..<2 {
                try await run.within("streams to be created again") { try await log.createStreams([stream, added]) }
            }
            try expectEqual(try await run.values(of: stream.allPartitions[1], in: log), ["kept"], "the existing stream")
            try expectEqual(try await log.streams()[added.name], added, "the added stream")
            try await run.append(["x"], to: added.allPartitions[0], of: log)
        },

        LogContract(
            "streams are created once", "Tasks that create the same streams at once all succeed."
        ) { run in
            let log = try await run.open()
            let wanted = (0..<3).map { StreamSpecification(name: uniqueName("contract"), partitions: Int32($0 + 1)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        let order = index % 2 == 0 ? wanted : wanted.reversed()
                        try await run.within("streams to be created by several tasks") {
                            try await log.createStreams(order)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let found = try await log.streams()
            for stream in wanted { try expectEqual(found[stream.name], stream, "a stream that many created") }
        },

        LogContract(
            "a mismatch creates nothing",
            "A stream that exists with other partitions is told, and no stream of the call is created."
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            var other = stream
            other.partitions = 3
            try await run.expectMismatch(creating: other, in: log)
            try expectEqual(try await log.streams()[stream.name], stream, "the existing stream")
        },

        LogContract(
            "another clean-up is a mismatch",
            "A stream that exists with another clean-up is told, and no stream of the call is created.",
            [.compaction]
        ) { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log)
            var other = stream
            other.cleanup = .compact
            try await run.expectMismatch(creating: other, in: log)
            try expectEqual(try await log.streams()[stream.name], stream, "the existing stream")
        },
    ]
}

extension ContractRun {
    fileprivate func expectMismatch(creating stream: StreamSpecification, in log: any EventLog) async throws {
        let before = StreamSpecification(name: uniqueName("contract-before"), partitions: 1)
        let after = StreamSpecification(name: uniqueName("contract-after"), partitions: 1)
        try await expectError(
            "creating \(stream)",
            { error in
                if case .streamMismatch(stream.name, _) = error { true } else { false }
            }
        ) {
            try await within("the mismatch") { try await log.createStreams([before, stream, after]) }
        }
        let found = try await log.streams()
        try expect(found[before.name] == nil && found[after.name] == nil, "a call that failed has created a stream")
    }
}
