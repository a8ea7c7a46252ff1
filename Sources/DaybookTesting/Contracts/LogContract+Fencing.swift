import Daybook

extension LogContract {
    /// One writer per transactional id.
    static let fencing: [LogContract] = [
        LogContract(
            "a new writer fences the earlier one",
            "Once a writer's id is taken by another, nothing the former still tries is ever read.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let id = uniqueName("contract-tx")
            let former = try await run.writer(log, id: id)
            try await run.commit(["former"], to: partition, by: former)
            let current = try await run.writer(log, id: id)
            for _ in 0..<2 {
                try await expectError("a transaction of a fenced writer", { $0 == .fenced }) {
                    try await run.commit(["fenced"], to: partition, by: former)
                }
            }
            try await run.commit(["current"], to: partition, by: current)
            try expectEqual(
                try await run.valuesUpTo("current", of: partition, in: log), ["former", "current"], "what is read")
            await former.close()
            // The former one's farewell does not touch its successor.
            try await run.commit(["still current"], to: partition, by: current)
        },

        LogContract(
            "taking over ends what was open",
            "A new writer with an id aborts what the earlier one left open before it is given, and the earlier one's commit fails.",
            [.transactions]
        ) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let id = uniqueName("contract-tx")
            let open = try await run.open([NewRecord(partition, Record("left open"))], by: run.writer(log, id: id))
            let current = try await run.writer(log, id: id)
            try await run.append(["after"], to: partition, of: log)
            try expectEqual(
                try await run.valuesUpTo("after", of: partition, in: log), ["after"], "what is read after the takeover")
            try await expectError("the commit of a fenced transaction", { $0 == .fenced }) { try await open.finish() }
            try await run.commit(["current"], to: partition, by: current)
            try expectEqual(
                try await run.valuesUpTo("current", of: partition, in: log), ["after", "current"],
                "what is read at last")
        },

        LogContract("other ids are left alone", "A new writer fences none with another id.", [.transactions]) { run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let first = try await run.writer(log)
            let open = try await run.open([NewRecord(partition, Record("first"))], by: first)
            let second = try await run.writer(log)
            try await open.finish()
            try await run.commit(["second"], to: partition, by: second)
            try await run.commit(["first again"], to: partition, by: first)
            try expectEqual(
                try await run.valuesUpTo("first again", of: partition, in: log), ["first", "second", "first again"],
                "what is read")
        },

        LogContract(
            "a writer's id can be used again",
            "After a writer was given up its id serves the next one, and it itself writes no more.", [.transactions]
        ) {
            run in
            let log = try await run.open()
            let partition = try await run.partition(in: log)
            let id = uniqueName("contract-tx")
            for round in 0..<3 {
                let writer = try await run.writer(log, id: id)
                try await run.commit(["\(round)"], to: partition, by: writer)
                try await run.within("a writer to close") { await writer.close() }
                try await expectError("a transaction of a closed writer", { $0 == .closed }) {
                    try await run.commit(["closed"], to: partition, by: writer)
                }
            }
            try expectEqual(try await run.valuesUpTo("2", of: partition, in: log), ["0", "1", "2"], "what is read")
        },
    ]
}
