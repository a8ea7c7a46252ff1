/// Jobs that workers claim and report finished over HTTP. AYON's figures, measured on 2 cores, stand beside: it has no
/// counterpart that could run here.
extension Row {
    /// How many sources wait, and how many jobs were done before.
    enum Backlog: String {
        case small, large

        func waiting(_ scale: Bench.Scale) -> Int { self == .small ? 2000 : scale.waitingSources }
        func done(_ scale: Bench.Scale) -> Int { self == .small ? 0 : scale.jobsDone }
    }

    static func jobs(backlog: Backlog) -> Row {
        onEmbedded(
            "jobs-\(backlog)", "Jobs claimed and finished over HTTP by 4 workers, \(backlog) backlog", backlog,
            .jobsPerSecond, .perSecond, .atLeast(2000),
            "AYON: 42 … 107 jobs a second, falling as the backlog grows.")
    }

    static func enroll(backlog: Backlog) -> Row {
        onEmbedded(
            "enroll-\(backlog)", "p99 of a claim over HTTP, 4 workers, \(backlog) backlog", backlog, .claimP99,
            .milliseconds, .atMost(10), "AYON: p99 64 … 218 ms; 381 ms with 100,000 jobs done.")
    }

    static let kafkaEnroll = Row(
        name: "kafka-enroll", title: "p99 of a claim over HTTP, 4 workers, on Kafka", unit: .milliseconds,
        targets: [.atMost(100)], needsBroker: true
    ) { bench in
        let server = try Server(
            "\(bench.programs)/daybook",
            arguments: {
                [
                    "serve", "--host", "127.0.0.1", "--port", "\($0)", "--log", "kafka://\(bench.broker ?? "")",
                    "--prefix", bench.kafkaName("kafka-enroll"),
                ]
            }, readyPath: "/readyz", directory: bench.directory)
        return try bench.jobs(server, .claimP99, waiting: 2000, done: 0, each: 400, "One server.")
    }

    private static func onEmbedded(
        _ name: String, _ title: String, _ backlog: Backlog, _ figure: JobLoad.Figure, _ unit: Unit, _ target: Target,
        _ remark: String
    ) -> Row {
        Row(name: name, title: title, unit: unit, targets: [target]) { bench in
            let server = try bench.daybookServer("\(bench.directory)/\(name)")
            return try bench.jobs(
                server, figure, waiting: backlog.waiting(bench.scale), done: backlog.done(bench.scale), each: 2000,
                remark)
        }
    }
}

extension Bench {
    fileprivate func jobs(
        _ server: Server, _ figure: JobLoad.Figure, waiting: Int, done: Int, each: Int, _ remark: String
    ) throws -> Row.Sides {
        let load = JobLoad(server, figure: figure, jobs: each)
        do {
            try load.fill(waiting: waiting, done: done)
        } catch {
            server.stop()
            throw error
        }
        return Row.Sides(
            daybook: load,
            remarks: [
                "\(waiting) sources wait, \(done) jobs were done before; \(each) jobs a round.", remark,
                "The workers are threads of one process on the same machine; a finished job is on the disk.",
            ])
    }
}
