extension Row {
    static let projection = Row(
        name: "projection", title: "Records folded into the index, per second of one core",
        baseline: "SQLite in memory with the same indexes, from C", unit: .perSecond,
        targets: [.atLeast(400_000), .ratioAtLeast(5)]
    ) { bench in
        let file = try bench.historyRecords(bench.scale.projectedRecords)
        return Sides(
            daybook: try bench.daybook("project", ["--records", "\(file.count)"], figure: .perProcessorSecond),
            baseline: try bench.baseline("sqlite-project", ["records=\(file.path)"], figure: .perProcessorSecond),
            remarks: ["\(file.count) records of \(file.events) events; a fifth of them jobs, with two changes each."])
    }

    static let indexBytes = Row(
        name: "index-bytes", title: "Resident memory of the index for each event, besides its texts",
        baseline: "SQLite in memory with the same indexes, its pages", unit: .bytes, targets: [.atMost(256)],
        isExact: true
    ) { bench in
        let file = try bench.historyRecords(bench.scale.events)
        let figure = Worker.Figure.bytesEach(events: file.events, besides: file.textBytes)
        return Sides(
            daybook: try bench.daybook("project", ["--records", "\(file.count)", "--memory"], figure: figure),
            baseline: try bench.baseline("sqlite-project", ["records=\(file.path)"], figure: figure),
            remarks: [
                "\(file.events) events; texts: descriptions and summaries, \(file.textBytes / file.events) bytes each."
            ])
    }
}
