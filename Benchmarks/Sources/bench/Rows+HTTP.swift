import Foundation

extension Row {
    /// Asked at a constant rate; the baseline answers with as many bytes and has nothing to look for.
    static func latency(_ name: String, _ title: String, paths: @escaping @Sendable ([Substring]) -> [String]) -> Row {
        Row(
            name: name, title: title, baseline: "bare Hummingbird, as many bytes", unit: .milliseconds,
            targets: [.atMost(2)]
        ) { bench in
            let data = try bench.dataDirectory()
            let paths = paths(try String(contentsOfFile: data.ids, encoding: .utf8).split(separator: "\n"))
            let server = try bench.daybookServer(data.directory)
            do {
                let answer = try Program.run("curl", ["-sf", server.url(paths[0])])
                let seconds = bench.scale.httpSeconds
                let bare = try bench.bareServer()
                return Sides(
                    daybook: try ConstantRate(
                        server, paths: paths, requestsPerSecond: 1000, seconds: seconds, directory: bench.directory),
                    baseline: try ConstantRate(
                        bare, paths: ["/bytes/\(answer.utf8.count)"], requestsPerSecond: 1000, seconds: seconds,
                        directory: bench.directory),
                    remarks: [
                        "\(bench.scale.events) events; 1000 requests a second on 10 connections; answers of"
                            + " \(answer.utf8.count) bytes. The load comes from the same machine."
                    ])
            } catch {
                server.stop()
                throw error
            }
        }
    }

    static let getByID = latency("get-by-id", "p99 of GET /api/events/{id}") { ids in
        stride(from: 0, to: ids.count, by: max(1, ids.count / 2000)).map { "/api/events/\(ids[$0])" }
    }

    static let filteredPage = latency("filtered-page", "p99 of GET /api/events, two filters, page of 100") { _ in
        Workload.filters.map { "/api/events?topic=\($0.topic)&project=\($0.project)&limit=100" }
    }

    static let restart = Row(
        name: "snapshot-restart", title: "From the start of the process to ready, with a snapshot",
        baseline: "SQLite, the same table read into memory", unit: .milliseconds, targets: [.atMost(1000)]
    ) { bench in
        let data = try bench.dataDirectory()
        let file = try bench.publishedRecords(bench.scale.events)
        // The first start makes the index from the log, and its end the snapshot.
        try bench.daybookServer(data.directory).stop()
        return Sides(
            daybook: Restart { try bench.daybookServer(data.directory) },
            baseline: try bench.baseline(
                "sqlite-restore", ["records=\(file.path)", "database=\(bench.directory)/restore.sqlite"],
                figure: .milliseconds),
            remarks: ["\(bench.scale.events) events in the log and in the snapshot, nothing behind it."])
    }
}

extension Bench {
    /// A data directory with many events, made once for all rows.
    ///
    /// - Parameter events: as many as the scale says by default.
    func dataDirectory(events: Int? = nil) throws -> (directory: String, ids: String) {
        let events = events ?? scale.events
        let data = (directory: "\(directory)/data-\(events)", ids: "\(directory)/ids-\(events)")
        if !FileManager.default.fileExists(atPath: data.ids) {
            try Program.run(
                "\(programs)/bench",
                ["fill", "--directory", data.directory, "--events", "\(events)", "--ids", data.ids])
        }
        return data
    }

    func daybookServer(_ data: String) throws -> Server {
        try Server(
            "\(programs)/daybook",
            arguments: { ["serve", "--host", "127.0.0.1", "--port", "\($0)", "--data", data] }, readyPath: "/readyz",
            directory: directory)
    }

    func bareServer() throws -> Server {
        try Server(
            "\(programs)/bare-hummingbird", arguments: { ["\($0)"] }, readyPath: "/bytes/1", directory: directory)
    }
}

extension Workload {
    /// Topics and projects that go together in about a thousandth of the events.
    static var filters: [(topic: String, project: String)] {
        (0..<120).map { (topics[$0 % topics.count], projects[$0 % projects.count]) }
    }

    /// A dispatch as AYON's client sends it.
    static let postBody = """
        {"topic":"pipeline.shot.published","sender":"workstation-7.studio","project":"project_07","user":"artist.42",\
        "description":"comp of sq010_sh0100, version 12","summary":{"shot":"sq010_sh0100","version":12},\
        "payload":{"path":"/projects/sq010_sh0100/comp/v12.exr","frames":240,"host":"render12","seconds":731}}
        """
}
