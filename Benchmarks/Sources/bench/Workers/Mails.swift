import ArgumentParser
import Daybook
import DaybookHandlers
import Mail

/// Sends a mail for each event, made from the handler's own templates (text and HTML), over as many connections as calls
/// are under way.
struct Mails: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "mails", shouldDisplay: false)

    @Option var port: Int
    @Option var mails: Int
    @Option var connections: Int

    func run() async throws {
        let handler = try EmailHandler(
            EmailSettings(
                server: "127.0.0.1", port: UInt16(port), security: .none, from: "daybook@bench.example",
                to: ["operator@bench.example"]))
        try await handler.prepare()
        var workload = Workload()
        let deliveries = workload.events(mails).enumerated().map { number, event in
            Delivery(
                HistoryEntry(
                    position: Position(StreamPartition("bench.mails", 0), Int64(number)), time: .now,
                    record: EventRecord(operation: .created, recordID: event.id.description, event: event)))
        }
        try await Rounds.serve { _ in
            try await withThrowingTaskGroup { group in
                for first in 0..<connections {
                    group.addTask {
                        for at in stride(from: first, to: deliveries.count, by: connections) {
                            try await handler.handle([deliveries[at]])
                        }
                    }
                }
                try await group.waitForAll()
            }
            return Rounds.Outcome(operations: mails)
        }
        await handler.close()
    }
}
