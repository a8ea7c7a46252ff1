import Daybook
import Logging

/// Which arbiter a node has.
enum Arbitration: Sendable {
    /// The log is this process's own.
    case direct(DirectArbiter)
    /// The log is shared: requests go through it, and this process decides its part of them.
    case throughLog(InboxClient, InboxArbiter)

    var arbiter: any Arbiter {
        switch self {
        case .direct(let arbiter): arbiter
        case .throughLog(let client, _): client
        }
    }

    var statistics: ArbiterStatistics {
        get async {
            switch self {
            case .direct(let arbiter): arbiter.statistics
            case .throughLog(_, let arbiter): await arbiter.statistics
            }
        }
    }

    /// Does what has to go on all the time; returns when cancelled or the log is closed.
    func run() async {
        switch self {
        case .direct(let arbiter): await arbiter.run()
        case .throughLog(let client, let arbiter):
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await client.run() }
                tasks.addTask { await arbiter.run() }
            }
        }
    }

    static func open(
        _ catalog: StreamCatalog, _ configuration: DaybookNode.Configuration, _ logger: Logger
    ) async throws -> Arbitration {
        var snapshots: HashSnapshots?
        if let directory = configuration.snapshots?.directory {
            snapshots = try await HashSnapshots(
                directory: directory, catalog, interval: configuration.projection.snapshotInterval, logger: logger)
        }
        guard configuration.isShared else {
            return .direct(
                try await DirectArbiter.open(
                    catalog, maximumHashes: configuration.maximumHashes, snapshots: snapshots))
        }
        let layout = catalog.layout
        try await catalog.log.createStreams([layout.inbox, layout.dedup, layout.verdicts])
        return .throughLog(
            try await InboxClient.open(catalog, logger: logger),
            InboxArbiter(catalog, maximumHashes: configuration.maximumHashes, snapshots: snapshots, logger: logger))
    }
}
