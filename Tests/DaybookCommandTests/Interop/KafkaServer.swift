import Foundation
import KafkaClient
import Testing

/// A running `daybook serve` on the Kafka cluster that `DAYBOOK_KAFKA` names, with streams of its own.
final class KafkaServer: Sendable {
    static let address = ProcessInfo.processInfo.environment["DAYBOOK_KAFKA"]

    let prefix: String
    let process: ServerProcess
    /// `HOST:PORT` of a broker.
    let broker: String

    /// Calls the body with a server, and afterwards deletes its streams.
    static func with(_ body: (KafkaServer) async throws -> Void) async throws {
        let server = try await KafkaServer(broker: #require(address))
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(server))
        } catch {
            outcome = .failure(error)
        }
        await server.process.stop()
        try await server.deleteStreams()
        try outcome.get()
    }

    private init(broker: String) async throws {
        self.broker = broker
        prefix = "interop-\(UUID().uuidString.prefix(8).lowercased())"
        // One partition, so that a record's position can be told from its offset.
        process = try await ServerProcess.start([
            "--port", "0", "--log", "kafka://\(broker)", "--prefix", prefix, "--partitions", "1",
        ])
    }

    /// The stream of a topic's family, and its records, which are all in one partition.
    func stream(_ family: String) -> String { "\(prefix).\(family)" }

    /// The answer to a GET request, once what is at this position can be seen.
    func get(_ path: String, showing position: String) async throws -> Data {
        let answer = try await Program.run(
            "/usr/bin/curl",
            ["--silent", "--show-error", "--fail", "-H", "Daybook-Min-Position: \(position)", process.url + path])
        #expect(answer.code == 0, "\(answer.errors)")
        return Data(answer.output.utf8)
    }

    private func deleteStreams() async throws {
        let admin = try KafkaAdmin(KafkaConfiguration(bootstrapServers: [broker]))
        let names = try await admin.metadata().topics.map(\.name).filter { $0.hasPrefix(prefix + ".") }
        _ = try await admin.deleteTopics(names)
        await admin.close()
    }
}

extension Trait where Self == ConditionTrait {
    /// Reported as skipped where there is no broker.
    static var needsBroker: Self {
        .enabled(if: KafkaServer.address != nil, "DAYBOOK_KAFKA names no broker")
    }
}
