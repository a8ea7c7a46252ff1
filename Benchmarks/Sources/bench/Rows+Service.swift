import Foundation

/// What AYON's clients ask for, on the embedded log with every write on the disk before it is answered. AYON's own figures,
/// measured on 2 cores, stand beside: it could not run here.
extension Row {
    /// As many events as AYON's figures were taken with.
    private static let events = 100_000

    static let post = Row(
        name: "post-16", title: "POST /api/events, single events on 16 connections",
        baseline: "bare Hummingbird, the same body", unit: .perSecond,
        targets: [.ratioAtLeast(0.3), .atLeast(12_000)]
    ) { bench in
        let request = ClosedLoad.Request(method: "POST", paths: ["/api/events"], body: Workload.postBody)
        let server = try bench.daybookServer("\(bench.directory)/posted-16")
        return Sides(
            daybook: try bench.load(server, request, connections: 16, .perSecond),
            baseline: try bench.load(try bench.bareServer(), request, connections: 16, .perSecond),
            remarks: [
                "Daybook's answer comes when the event is on the disk and in the index; the load comes from the same machine."
                    + " AYON: 482 … 580 a second."
            ])
    }

    static let postOne = writes(
        "post-1", "POST /api/events, single events on one connection", .atLeast(2000), connections: 1, .perSecond,
        "AYON: 328 a second.")

    static let postP99 = writes(
        "post-64-p99", "p99 of POST /api/events, 64 connections", nil, connections: 64, .percentile(99))

    private static func writes(
        _ name: String, _ title: String, _ target: Target?, connections: Int, _ figure: ClosedLoad.Figure,
        _ remark: String? = nil
    ) -> Row {
        Row(name: name, title: title, unit: figure.unit, targets: target.map { [$0] } ?? []) { bench in
            let server = try bench.daybookServer("\(bench.directory)/\(name)")
            let request = ClosedLoad.Request(method: "POST", paths: ["/api/events"], body: Workload.postBody)
            return Sides(
                daybook: try bench.load(server, request, connections: connections, figure),
                remarks: remark.map { [$0] } ?? [])
        }
    }

    static let patch = changes(
        "patch-16", "PATCH /api/events/{id} on 16 connections", .atLeast(10_000), connections: 16, .perSecond,
        "AYON: 254 … 536 a second.")

    static let patchP99 = changes(
        "patch-64-p99", "p99 of PATCH /api/events/{id}, 64 connections", nil, connections: 64, .percentile(99))

    private static func changes(
        _ name: String, _ title: String, _ target: Target?, connections: Int, _ figure: ClosedLoad.Figure,
        _ remark: String? = nil
    ) -> Row {
        onEvents(
            name, title, target, connections: connections, figure, remark, directory: "changed"
        ) { ids in
            ClosedLoad.Request(
                method: "PATCH", paths: spread(ids).map { "/api/events/\($0)" },
                body: #"{"status":"in_progress","description":"frame 17 of 240"}"#)
        }
    }

    static let getOne = gets(
        "get-1", "p50 of GET /api/events/{id}, one connection", .atMost(0.2), connections: 1, .percentile(50),
        "AYON: 1.7 ms.")

    static let getP99 = gets(
        "get-64-p99", "p99 of GET /api/events/{id}, 64 connections", nil, connections: 64, .percentile(99))

    private static func gets(
        _ name: String, _ title: String, _ target: Target?, connections: Int, _ figure: ClosedLoad.Figure,
        _ remark: String? = nil
    ) -> Row {
        onEvents(name, title, target, connections: connections, figure, remark) { ids in
            ClosedLoad.Request(paths: spread(ids).map { "/api/events/\($0)" })
        }
    }

    static let newest = graphQL(
        "graphql-newest", "p50 of GraphQL, the 100 newest of 100,000 events, one connection", .atMost(1),
        connections: 1, .percentile(50), "last: 100", "AYON: 10 ms.")

    static let newestP99 = graphQL(
        "graphql-newest-64-p99", "p99 of GraphQL, the 100 newest, 64 connections", nil, connections: 64,
        .percentile(99), "last: 100")

    static let textFilter = graphQL(
        "graphql-text", "p50 of GraphQL, a text looked for in 100,000 events, one connection", .atMost(10),
        connections: 1, .percentile(50), #"last: 100, filter: \"sq010_sh0100\""#, "AYON: 70 … 155 ms.")

    private static func graphQL(
        _ name: String, _ title: String, _ target: Target?, connections: Int, _ figure: ClosedLoad.Figure,
        _ arguments: String, _ remark: String? = nil
    ) -> Row {
        let fields = "id topic project user sender status description createdAt updatedAt"
        return onEvents(name, title, target, connections: connections, figure, remark) { _ in
            ClosedLoad.Request(
                method: "POST", paths: ["/graphql"],
                body: #"{"query":"{ events(\#(arguments)) { edges { node { \#(fields) } } } }"}"#)
        }
    }

    static let livePush = Row(
        name: "live-push", title: "p50 from dispatch to a WebSocket's message", unit: .milliseconds,
        targets: [.atMost(1)]
    ) { bench in
        let server = try bench.daybookServer("\(bench.directory)/pushed")
        return Sides(
            daybook: try LivePush(server, events: bench.scale.timedEvents / 3),
            remarks: ["One subscriber, one publisher, one event after the other. AYON: 3.5 … 6.5 ms."])
    }

    /// - Parameters:
    ///   - directory: where the events are; a copy of their own for rows that change them.
    ///   - request: made of the events' ids.
    private static func onEvents(
        _ name: String, _ title: String, _ target: Target?, connections: Int, _ figure: ClosedLoad.Figure,
        _ remark: String?, directory: String? = nil, _ request: @escaping @Sendable ([Substring]) -> ClosedLoad.Request
    ) -> Row {
        Row(name: name, title: title, unit: figure.unit, targets: target.map { [$0] } ?? []) { bench in
            var data = try bench.dataDirectory(events: events)
            let ids = try String(contentsOfFile: data.ids, encoding: .utf8).split(separator: "\n")
            if let directory {
                let copy = "\(bench.directory)/\(directory)-\(name)"
                try FileManager.default.copyItem(atPath: data.directory, toPath: copy)
                data.directory = copy
            }
            let server = try bench.daybookServer(data.directory)
            return Sides(
                daybook: try bench.load(server, request(ids), connections: connections, figure),
                remarks: ["\(events) events."] + (remark.map { [$0] } ?? []))
        }
    }

    /// Some of the ids, from all over the log.
    private static func spread(_ ids: [Substring]) -> [Substring] {
        stride(from: 0, to: ids.count, by: max(1, ids.count / 2000)).map { ids[$0] }
    }
}

extension Bench {
    fileprivate func load(
        _ server: Server, _ request: ClosedLoad.Request, connections: Int, _ figure: ClosedLoad.Figure
    ) throws -> ClosedLoad {
        do {
            return try ClosedLoad(
                server, request, connections: connections, seconds: scale.httpSeconds, figure: figure,
                directory: directory)
        } catch {
            server.stop()
            throw error
        }
    }
}

extension ClosedLoad.Figure {
    fileprivate var unit: Row.Unit {
        switch self {
        case .perSecond: .perSecond
        case .percentile: .milliseconds
        }
    }
}
