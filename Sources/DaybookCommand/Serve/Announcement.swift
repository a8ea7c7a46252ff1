import Daybook
import DaybookIndex
import LosslessJSON
import ServiceLifecycle

/// Tells when a server has started: it listens, its log is open and its index has caught up with it. When that takes
/// long, it tells what it waits for instead.
struct Announcement: Service {
    private static let patience = Duration.seconds(5)

    let ports: AsyncStream<Int>
    let node: DaybookNode
    /// Whether it is told in the log as well, as an event.
    let isPublished: Bool
    let announce: @Sendable (ServerRun.Started) -> Void

    func run() async throws {
        // Nothing is told of a server that ends before it has started.
        try? await cancelWhenGracefulShutdown { try await waitAndAnnounce() }
        // A service that ends by itself while the others shut down is taken for a failure.
        try? await gracefulShutdown()
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
        if obstacle == nil { try await publish(port) }
        announce(.init(port: port, obstacle: obstacle))
        if obstacle != nil { try await publish(port) }
    }

    /// That it cannot be published is no reason not to work.
    private func publish(_ port: Int) async throws {
        guard isPublished else { return }
        let publisher = try await node.whenOpen().publisher
        var summary = JSONWriter()
        summary.beginObject()
        summary.key("version")
        summary.string(Version.text)
        summary.key("port")
        summary.int(port)
        summary.endObject()
        _ = try? await publisher.publish(
            Event(
                topic: "server.started", sender: "daybook", description: "Server started",
                summary: JSONText(trusting: summary.bytes)))
    }
}
