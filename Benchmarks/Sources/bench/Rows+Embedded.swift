extension Row {
    /// The embedded log against SQLite with one row for each record: both sync before they acknowledge.
    static func embedded(batch: Int, recordsDivisor: Int, target: Target?) -> Row {
        Row(
            name: "embedded-publish-\(batch)",
            title: batch == 1
                ? "Durable publish, one event at a time"
                : "Durable publish in batches of \(batch), one after the other",
            baseline: "SQLite, WAL, synchronous=FULL, from C", unit: .perSecond,
            targets: target.map { [$0] } ?? []
        ) { bench in
            let count = bench.scale.embeddedRecords / recordsDivisor
            return Sides(
                daybook: try bench.daybook(
                    "sqlite-publish",
                    [
                        "--directory", "\(bench.directory)/log-\(batch)", "--events", "\(count)", "--batch", "\(batch)",
                        "--concurrency", "1",
                    ]),
                baseline: try bench.baseline(
                    "sqlite-append",
                    [
                        "records=\(try bench.publishedRecords(count).path)",
                        "database=\(bench.directory)/rows-\(batch).sqlite", "batch=\(batch)",
                    ]))
        }
    }

    /// Many publishers of single events share the syncs of the disk; SQLite has a transaction for each.
    static let embeddedConcurrent = Row(
        name: "embedded-publish-singles", title: "Durable publish of single events by 64 tasks at once",
        baseline: "SQLite, a transaction for each, from C", unit: .perSecond
    ) { bench in
        // The baseline syncs for each record: as many as Daybook takes at once would last for minutes.
        let few = bench.scale.embeddedRecords / 50
        return Sides(
            daybook: try bench.daybook(
                "sqlite-publish",
                [
                    "--directory", "\(bench.directory)/log-singles", "--events", "\(bench.scale.embeddedRecords)",
                    "--batch", "1", "--concurrency", "64",
                ]),
            baseline: try bench.baseline(
                "sqlite-append",
                [
                    "records=\(try bench.publishedRecords(few).path)",
                    "database=\(bench.directory)/rows-singles.sqlite", "batch=1",
                ]))
    }
}
