import Daybook
import DaybookTesting
import Logging
import ServiceLifecycle

@testable import DaybookIndex

/// How hashes are decided.
enum ArbiterWay: String, CaseIterable {
    case direct = "in the process"
    case throughLog = "through the log"
}

/// Runs nodes on one log, as so many processes would be, until the body ends.
///
/// - Parameter snapshots: the directory for the snapshots of the first.
func withNodes<Result: Sendable>(
    _ way: ArbiterWay, count: Int = 1, store: MemoryStore = MemoryStore { .now }, snapshots: String? = nil,
    _ body: @escaping @Sendable ([DaybookNode.Parts]) async throws -> Result
) async throws -> Result {
    var quiet = Logger(label: "test")
    quiet.logLevel = .critical
    var configuration = DaybookNode.Configuration()
    configuration.isShared = way == .throughLog
    let nodes = (0..<count).map { number in
        var own = configuration
        if number == 0 { own.snapshots = snapshots.map { SnapshotStore(directory: $0) } }
        return DaybookNode(configuration: own, logger: quiet) { MemoryLog(store: store) }
    }
    let group = ServiceGroup(services: nodes, logger: quiet)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        var parts: [DaybookNode.Parts] = []
        for node in nodes { parts.append(try await node.whenOpen()) }
        let result: Result
        do {
            result = try await body(parts)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return result
    }
}
