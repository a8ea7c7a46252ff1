import Daybook
import DaybookTesting
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import DaybookIndex

@Suite struct NodeTests {
    @Test("a node stays up while its log cannot be reached, says why, and opens by itself")
    func opensLate() async throws {
        let attempts = Mutex(0)
        let node = DaybookNode(logger: quiet) {
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            if attempt < 3 { throw LogError.unavailable("no broker answers") }
            return MemoryLog()
        }
        #expect(throws: NodeUnavailable.self) { try node.parts() }
        try await running(node) {
            let parts = try await node.whenOpen()
            let published = try await parts.publisher.publish(Event(topic: "a.b"))
            #expect(await parts.projector.waitUntilApplied(published.position))
            #expect(parts.index.event(published.id)?.event.topic == "a.b")
        }
        #expect(attempts.withLock { $0 } == 3)
    }

    @Test("an error that trying again does not cure ends the node with that error")
    func refuses() async throws {
        let node = DaybookNode(logger: quiet) { throw LogError.inUse("another process has it") }
        await #expect(throws: LogError.inUse("another process has it")) { try await node.run() }
        await #expect(throws: NodeUnavailable.self) { try await node.whenOpen() }
    }

    @Test("a layout that does not fit the log ends the node and closes the log")
    func layoutConflict() async throws {
        let log = MemoryLog()
        var configuration = DaybookNode.Configuration()
        configuration.layout.prefix = "no spaces allowed"
        let node = DaybookNode(configuration: configuration, logger: quiet) { log }
        await #expect(throws: LayoutConflict.self) { try await node.run() }
        await #expect(throws: LogError.closed) { try await log.checkHealth() }
    }

    @Test("a graceful shutdown ends the node and closes the log")
    func shutsDown() async throws {
        let log = MemoryLog()
        let node = DaybookNode(logger: quiet) { log }
        try await running(node) { _ = try await node.whenOpen() }
        await #expect(throws: LogError.closed) { try await log.checkHealth() }
        #expect(throws: NodeUnavailable("the node is shutting down")) { try node.parts() }
    }

    /// Runs the node in a group, the body beside it, and then shuts the group down.
    private func running(_ node: DaybookNode, _ body: @Sendable () async throws -> Void) async throws {
        let group = ServiceGroup(services: [node], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body()
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private var quiet: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
