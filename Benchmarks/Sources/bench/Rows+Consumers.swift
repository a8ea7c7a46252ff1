/// What becomes of events: callbacks and handlers. Figures of Taipy and Correlator, measured on 2 cores, stand beside.
extension Row {
    static let publishBesideCallbacks = Row(
        name: "publish-callbacks-10000",
        title: "Durable publish beside 10,000 callbacks that do not match, batches of 1000, one after the other",
        baseline: "the same without callbacks", unit: .perSecond, targets: [.ratioAtLeast(0.9)]
    ) { bench in
        func side(_ name: String, callbacks: Int) throws -> Worker {
            try bench.daybook(
                "sqlite-publish",
                [
                    "--directory", "\(bench.directory)/\(name)", "--events", "\(bench.scale.embeddedRecords)",
                    "--batch", "1000", "--concurrency", "1", "--callbacks", "\(callbacks)",
                ])
        }
        return Sides(
            daybook: try side("with-callbacks", callbacks: 10_000),
            baseline: try side("without-callbacks", callbacks: 0),
            remarks: ["One registration in the same process reads all that is published and holds it against them."])
    }

    static func callbacks(batch: Int, target: Double) -> Row {
        Row(
            name: "callbacks-100-\(batch)",
            title: batch == 1
                ? "Events that 100 matching callbacks are run for, one by one"
                : "Events that 100 matching callbacks are run for, up to \(batch) at once",
            unit: .perSecond, targets: [.atLeast(target)]
        ) { bench in
            Sides(
                daybook: try bench.daybook(
                    "callbacks",
                    [
                        "--directory", "\(bench.directory)/callbacks-\(batch)", "--events",
                        "\(bench.scale.embeddedRecords)", "--callbacks", "100", "--batch", "\(batch)",
                    ]),
                remarks: [
                    "Through a registration on the embedded log, positions committed. Taipy in-process: 12,700 events a"
                        + " second."
                ])
        }
    }

    static let isolation = Row(
        name: "isolation",
        title: "From publish to handler, p99.9, beside a handler that always fails and one that never ends",
        baseline: "the same without those two", unit: .milliseconds, targets: [.atMostAbove(100)]
    ) { bench in
        func side(_ name: String, _ arguments: [String]) throws -> Worker {
            try bench.daybook(
                "isolation",
                [
                    "--directory", "\(bench.directory)/isolation-\(name)", "--events", "\(bench.scale.timedEvents)",
                    "--per-second", "500",
                ] + arguments, figure: .millisecondsEach)
        }
        return Sides(
            daybook: try side("beside", ["--others"]), baseline: try side("alone", []),
            remarks: ["500 events a second, each published by itself and acknowledged when it is on the disk."])
    }

    static let csv = Row(
        name: "csv", title: "Rows of datasets written to a CSV file, in batches of 1000", unit: .perSecond,
        targets: [.atLeast(300_000)]
    ) { bench in
        Sides(
            daybook: try bench.daybook(
                "csv-rows",
                ["--directory", "\(bench.directory)/csv", "--rows", "\(bench.scale.embeddedRecords)"]),
            remarks: ["Deliveries in memory, five columns, synced each second and in the end. Correlator: 94,000/s."])
    }

    static let mail = Row(
        name: "mail", title: "Mails from templates, text and HTML, sent over 8 connections",
        baseline: "ready-made mails from C into the same server", unit: .perSecond, targets: [.atLeast(1350)]
    ) { bench in
        let (mails, connections) = (bench.scale.mails, 8)
        let server = MailSink(try LineProcess("\(bench.programs)/baseline", ["smtp-sink"]))
        let port = try server.port()
        return Sides(
            daybook: MailSender(
                try bench.daybook(
                    "mails", ["--port", "\(port)", "--mails", "\(mails)", "--connections", "\(connections)"]), server),
            baseline: try bench.baseline(
                "smtp-send", ["port=\(port)", "mails=\(mails)", "connections=\(connections)"]),
            remarks: ["The server takes each mail and throws it away. Correlator: 135/s."])
    }
}

/// A mail server that takes all mails and forgets them.
private final class MailSink {
    private let process: LineProcess

    init(_ process: LineProcess) { self.process = process }

    func port() throws -> Int {
        let line = try process.line()
        guard let port = Int(line) else { throw BenchError("the mail server said '\(line)' where its port should be") }
        return port
    }

    func stop() { process.stop() }
}

/// A side that ends its server when it ends.
private final class MailSender: Contender {
    private let worker: Worker
    private let server: MailSink

    init(_ worker: Worker, _ server: MailSink) {
        self.worker = worker
        self.server = server
    }

    func round() throws -> Measurement { try worker.round() }

    func stop() {
        worker.stop()
        server.stop()
    }
}
