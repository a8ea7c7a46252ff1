import Daybook
import DaybookIndex
import DaybookTesting
import KafkaClient
import Logging
import Testing

@testable import DaybookKafka

/// A node whose cluster is down when it starts. That it opens by itself once a broker answers cannot be shown here,
/// where nothing can begin to listen on the port; DaybookIndexTests shows it with another log.
@Suite(.timeLimit(.minutes(2))) struct NodeTests {
    @Test("a node whose cluster is down stays up, says why it cannot work, and tries again")
    func downAtStart() async throws {
        let attempts = Watched(0)
        let node = DaybookNode(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })) {
            attempts.update { $0 += 1 }
            // Nobody listens there.
            return try await KafkaLog.open(
                KafkaLog.Configuration(
                    cluster: KafkaConfiguration(
                        bootstrapServers: ["127.0.0.1:1"], properties: ["log_level": "0"],
                        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))))
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await node.run() }
            try await attempts.when { $0 > 1 ? () : nil }
            let error = #expect(throws: NodeUnavailable.self) { try node.parts() }
            #expect(error?.reason.contains("no Kafka broker at 127.0.0.1:1 answers") == true)
            #expect(error?.reason.contains("Connection refused") == true)
            tasks.cancelAll()
        }
        #expect(throws: NodeUnavailable("the node is shutting down")) { try node.parts() }
    }
}
