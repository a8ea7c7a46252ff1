import Daybook

extension LogContract {
    /// Readers can be interrupted and closed, and know nothing of each other.
    static let readers: [LogContract] = [
        LogContract(
            "a cancelled read goes on",
            "A waiting read that is cancelled ends at once, and the reader misses nothing afterwards."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let reader = try await run.reader(of: log, from: try await log.watermarks(of: [partition]).mapValues(\.end))
            for round in 0..<3 {
                let waiting = Task { try await reader.next(awaiting: "a cancelled read to end") }
                try await run.giveOthersAChance(log)
                waiting.cancel()
                try await expectCancelled("a waiting read") { try await waiting.value }
                try await run.append(["\(round) a", "\(round) b"], to: partition, of: log)
                try await reader.read(round * 2 + 2, of: partition)
            }
            try expectEqual(
                reader.values(of: partition), (0..<3).flatMap { ["\($0) a", "\($0) b"] },
                "what was read between cancellations")
            await reader.close()
        },

        LogContract(
            "a closed reader ends",
            "Closing a reader ends the read that waits, and each later one, and leaves the others alone."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let ends = try await log.watermarks(of: [partition]).mapValues(\.end)
            let reader = try await run.reader(of: log, from: ends)
            let other = try await run.reader(of: log, from: ends)
            let waiting = Task { try await reader.next(awaiting: "a read whose reader is closed to end") }
            try await run.giveOthersAChance(log)
            try await run.within("a reader to close") { await reader.close() }
            try await expectError("the read that waited", { $0 == .closed }) { try await waiting.value }
            try await expectError("a later read", { $0 == .closed }) { try await reader.next() }
            await reader.close()
            try await run.append(["on"], to: partition, of: log)
            try await other.read(1, of: partition)
            await other.close()
        },

        LogContract("readers are independent", "Each reader reads everything, wherever the others stand.") { run in
            let log = try await run.open()
            let stream = try await run.stream(in: log, partitions: 2)
            let starts = try await log.watermarks(of: stream.allPartitions).mapValues(\.low)
            let readers = [try await run.reader(of: log, from: starts), try await run.reader(of: log, from: starts)]
            let partition = stream.allPartitions[1]
            try await run.append((0..<20).map { "\($0)" }, to: partition, of: log)
            // In turn, in small steps, and then each on its own.
            for _ in 0..<2 {
                for reader in readers { try await reader.next(maximum: 3, awaiting: "a batch for each of two readers") }
            }
            for reader in readers {
                try await reader.read(20, of: partition)
                try expectEqual(reader.values(of: partition), (0..<20).map { "\($0)" }, "what one of two readers read")
                await reader.close()
            }
        },

        LogContract(
            "many readers wait at once", "One append wakes every reader that waits for it."
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let ends = try await log.watermarks(of: [partition]).mapValues(\.end)
            try await withThrowingTaskGroup(of: [String].self) { group in
                let ready = Watched(0)
                for _ in 0..<10 {
                    group.addTask {
                        let reader = try await run.reader(of: log, from: ends)
                        ready.update { $0 += 1 }
                        try await reader.read(1, of: partition)
                        await reader.close()
                        return reader.values(of: partition)
                    }
                }
                try await run.within("ten readers") { try await ready.when { $0 == 10 ? () : nil } }
                try await run.giveOthersAChance(log)
                try await run.append(["for all"], to: partition, of: log)
                for try await values in group { try expectEqual(values, ["for all"], "what one of ten readers read") }
            }
        },
    ]
}
