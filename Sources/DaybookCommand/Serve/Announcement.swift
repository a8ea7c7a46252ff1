import DaybookIndex
import ServiceLifecycle

/// Tells when a server has started: it listens, its log is open and its index has caught up with it. When that takes
/// long, it tells what it waits for instead.
struct Announcement: Service {
    private static let patience = Duration.seconds(5)

    let ports: AsyncStream<Int>
    let node: DaybookNode
    let announce: @Sendable (ServerRun.Started) -> Void

    func run() async throws {
        // Nothing is told of a server that ends before it has started.
        try? await cancelWhenGracefulShutdown { try await waitAndAnnounce() }
    }

    private func waitAndAnnounce() async throws {
        guard let port = await ports.first(where: { _ in true }) else { return }
        let obstacle = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await node.whenOpen().projector.caughtUp()
                return nil
            }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                do throws(NodeUnavailable) {
                    return "the index is \(try node.parts().projector.state)"
                } catch {
                    return error.reason
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        announce(.init(port: port, obstacle: obstacle))
    }
}
