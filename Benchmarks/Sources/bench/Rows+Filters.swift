/// Which of many filters an event meets. Taipy's figures, measured on 2 cores, stand beside.
extension Row {
    static func match(filters: Int) -> Row {
        Row(
            name: "match-\(filters)", title: "Records held against \(filters) filters that do not match, one core",
            unit: .perSecond, targets: [.atLeast(1_050_000)]
        ) { bench in
            Sides(
                daybook: try bench.daybook(
                    "match-filters", ["--records", "\(bench.scale.embeddedRecords)", "--filters", "\(filters)"]),
                remarks: [
                    "Records in memory, by their headers. Taipy in-process: 105,000 events a second published to 100"
                        + " registrations that do not match."
                ])
        }
    }

    static let filter = Row(
        name: "filter", title: "One filter of four conditions held against a record", unit: .milliseconds,
        targets: [.atMost(0.0003)]
    ) { bench in
        Sides(
            daybook: try bench.daybook(
                "match-filters",
                [
                    "--records", "\(bench.scale.embeddedRecords)", "--filters", "0", "--filter",
                    "topic = pipeline.* and status = finished and not user in (nobody, root) and project ~ project_*",
                ], figure: .millisecondsEach),
            remarks: ["Records in memory, by their headers. Correlator's filter: 0.010 ms."])
    }
}
