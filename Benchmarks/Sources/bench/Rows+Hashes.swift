/// Events that have a hash: decided by the arbiter, which remembers each.
extension Row {
    static let hashedPublish = Row(
        name: "hashed-publish-1000",
        title: "Durable publish of events with a hash, batches of 1000, one after the other",
        baseline: "SQLite, WAL, synchronous=FULL, from C", unit: .perSecond, targets: [.ratioAtLeast(0.4)]
    ) { bench in
        let count = bench.scale.embeddedRecords
        return try bench.hashedEmbedded(count: count, batch: 1000, rawCount: count, figure: .perSecond)
    }

    static let hashedSingle = Row(
        name: "hashed-publish-1", title: "Durable publish of one event with a hash, p50",
        baseline: "SQLite, a transaction for each, from C, mean", unit: .milliseconds, targets: [.atMost(3)]
    ) { bench in
        let count = bench.scale.hashedSingles
        return try bench.hashedEmbedded(count: count, batch: 1, rawCount: count, figure: .millisecondsEach)
    }

    static let kafkaHashedPublish = Row(
        name: "kafka-hashed-publish",
        title: "Publish with a hash through inbox and verdicts, 16 batches of 1000 at a time",
        baseline: "librdkafka from C, the same settings", unit: .perSecond, targets: [.ratioAtLeast(0.15)],
        needsBroker: true
    ) { bench in
        let count = bench.scale.kafkaRecords
        return try bench.hashedKafka(
            "kafka-hashed-publish", count: count, batch: 1000, concurrency: 16, rawArguments: [], figure: .perSecond)
    }

    static let kafkaHashedSingle = Row(
        name: "kafka-hashed-single", title: "Publish of one event with a hash through inbox and verdicts, p50",
        baseline: "librdkafka from C, one at a time, mean", unit: .milliseconds, targets: [.atMost(25)],
        needsBroker: true
    ) { bench in
        let count = bench.scale.hashedSingles
        return try bench.hashedKafka(
            "kafka-hashed-single", count: count, batch: 1, concurrency: 1, rawArguments: ["window=1"],
            figure: .millisecondsEach)
    }

    static let hashBytes = hashBytes(
        "hash-bytes", "Resident memory of the arbiter for each hash", jobs: false, target: 64)

    static let jobBytes = hashBytes(
        "hash-bytes-job", "Resident memory of the arbiter for each job that is not over", jobs: true, target: 160)

    private static func hashBytes(_ name: String, _ title: String, jobs: Bool, target: Double) -> Row {
        Row(name: name, title: title, unit: .bytes, targets: [.atMost(target)], isExact: true) { bench in
            let hashes = bench.scale.hashes
            return Sides(
                daybook: try bench.daybook(
                    "hash-memory", ["--hashes", "\(hashes)"] + (jobs ? ["--jobs"] : []),
                    figure: .bytesEach(events: hashes, besides: 0)),
                remarks: ["\(hashes) hashes."])
        }
    }

    static let hashRestore = hashRestore(
        "hash-restore", "Restoring the arbiter's memory from the embedded log", snapshot: false)
    static let hashLoad = hashRestore(
        "hash-load", "Loading the arbiter's memory from its snapshot", snapshot: true)

    private static func hashRestore(_ name: String, _ title: String, snapshot: Bool) -> Row {
        Row(name: name, title: title, unit: .milliseconds) { bench in
            let hashes = bench.scale.hashes
            return Sides(
                daybook: try bench.daybook(
                    "hash-restore",
                    ["--directory", "\(bench.directory)/\(name)", "--hashes", "\(hashes)"]
                        + (snapshot ? ["--snapshot"] : []),
                    figure: .milliseconds),
                remarks: ["\(hashes) hashes."])
        }
    }
}

extension Bench {
    fileprivate func hashedEmbedded(
        count: Int, batch: Int, rawCount: Int, figure: Worker.Figure
    ) throws -> Row.Sides {
        Row.Sides(
            daybook: try daybook(
                "hashed-publish",
                [
                    "--directory", "\(directory)/hashed-\(batch)", "--events", "\(count)", "--batch", "\(batch)",
                    "--concurrency", "1",
                ], figure: figure),
            baseline: try baseline(
                "sqlite-append",
                [
                    "records=\(try publishedRecords(rawCount).path)",
                    "database=\(directory)/hashed-rows-\(batch).sqlite", "batch=\(batch)",
                ], figure: figure),
            remarks: ["Each round has new hashes. The node's projector is at work beside it."])
    }

    fileprivate func hashedKafka(
        _ name: String, count: Int, batch: Int, concurrency: Int, rawArguments: [String], figure: Worker.Figure
    ) throws -> Row.Sides {
        let broker = try requiredBroker
        let raw = try kafkaStream("\(name)-raw")
        return Row.Sides(
            daybook: try daybook(
                "hashed-publish",
                [
                    "--broker", broker, "--prefix", kafkaName(name), "--events", "\(count)", "--batch", "\(batch)",
                    "--concurrency", "\(concurrency)",
                ], figure: figure),
            baseline: try baseline(
                "kafka-produce",
                [
                    "records=\(try publishedRecords(count).path)", "topic=\(raw)", "bootstrap.servers=\(broker)",
                ] + Row.producerSettings + rawArguments, figure: figure),
            remarks: [
                "One server, which has all partitions of the inbox; its projector is at work beside it. The broker runs"
                    + " beside both sides."
            ])
    }
}
