import ArgumentParser
import Daybook
import DaybookHandlers
import Foundation
import Logging

/// Hands batches of dataset events, which lie in memory, to the handler that writes CSV files.
struct CSVRows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "csv-rows", shouldDisplay: false)

    @Option var directory: String
    @Option var rows: Int

    private static let topic = "session.ended"
    private static let fields = ["user", "host", "seconds", "comment"]

    func run() async throws {
        let settings = CSVSettings(directory: directory)
        let fields = Self.fields.map { DatasetField($0, type: $0 == "seconds" ? .integer : .string) }
        let batches = deliveries(settings.batchSize)
        try await Rounds.serve { watch in
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let handler = try CSVHandler(settings, fields: { _ in fields }, logger: .silent)
            try await handler.prepare()
            watch.start()
            for batch in batches { try await handler.handle(batch) }
            await handler.close()
            watch.stop()
            try FileManager.default.removeItem(atPath: directory)
            return Rounds.Outcome(operations: rows)
        }
    }

    private func deliveries(_ batch: Int) -> [[Delivery]] {
        let all = (0..<rows).map { number in
            let event = DatasetEvent(
                Self.topic,
                [
                    "user": "artist.\(number % 200)", "host": "workstation-\(number % 48).studio",
                    "seconds": .integer(Int64(number % 9000)),
                    "comment": .string(number % 10 == 0 ? "left, as \"planned\"" : "left"),
                ], timestamp: Timestamp(milliseconds: 1_790_000_000_000 + Int64(number)), sender: "gate"
            ).event
            return Delivery(
                HistoryEntry(
                    position: Position(StreamPartition("bench.\(Self.topic)", 0), Int64(number)), time: .now,
                    record: EventRecord(operation: .created, recordID: event.id.description, event: event)))
        }
        return stride(from: 0, to: rows, by: batch).map { Array(all[$0..<min($0 + batch, rows)]) }
    }
}
