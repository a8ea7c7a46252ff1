import ArgumentParser
import Daybook
import DaybookKafka

/// Reads a whole stream from its beginning and decodes every record into an event, with a reader made anew in each
/// round.
struct KafkaRead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kafka-read", shouldDisplay: false)

    @Option var broker: String
    @Option var stream: String
    @Option var records: Int

    func run() async throws {
        let log = try await KafkaLog.open(url: "kafka://\(broker)")
        let starts = Dictionary(
            uniqueKeysWithValues: (0..<Workload.partitions).map { (StreamPartition(stream, $0), Int64(0)) })
        try await Rounds.serve { watch in
            let reader = try await log.reader(from: starts)
            var count = 0
            // Keeps the compiler from leaving the decoding out.
            var bytes = 0
            while count < records {
                let batch = try await reader.next(maximum: 2048)
                for stored in batch.records {
                    let record = try RecordDecoder.decode(stored.record)
                    if let payload = record.event.payload { bytes += payload.bytes.count }
                }
                count += batch.records.count
            }
            watch.stop()
            await reader.close()
            guard bytes > 0 else { throw BenchError("the events that were read have no payload") }
            return Rounds.Outcome(operations: count)
        }
        try await log.close()
    }
}
