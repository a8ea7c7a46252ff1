import Daybook
import Foundation

/// One run: where it works, how large it is, and how rows are measured.
final class Bench {
    struct Scale {
        var rounds: Int
        /// Records of one round of the Kafka rows.
        var kafkaRecords: Int
        /// Records of one round of the embedded log's rows.
        var embeddedRecords: Int
        /// Records that are projected in one round.
        var projectedRecords: Int
        /// Events in a large index, and behind the server.
        var events: Int
        /// Hashes that are remembered and restored.
        var hashes: Int
        /// Single hashed events that are published one after the other in one round.
        var hashedSingles: Int
        /// Sources that wait in a long queue, and jobs that were done before.
        var waitingSources: Int
        var jobsDone: Int
        /// Events of one round that are published one by one, in time.
        var timedEvents: Int
        /// Mails of one round.
        var mails: Int
        /// Seconds of one round of HTTP load.
        var httpSeconds: Int

        static let full = Scale(
            rounds: 5, kafkaRecords: 300_000, embeddedRecords: 100_000, projectedRecords: 300_000,
            events: 1_000_000, hashes: 1_000_000, hashedSingles: 1000,
            waitingSources: 1_000_000, jobsDone: 100_000, timedEvents: 10_000, mails: 8000, httpSeconds: 10)
        static let quick = Scale(
            rounds: 3, kafkaRecords: 100_000, embeddedRecords: 20_000, projectedRecords: 100_000,
            events: 100_000, hashes: 100_000, hashedSingles: 200,
            waitingSources: 100_000, jobsDone: 10_000, timedEvents: 3000, mails: 2000, httpSeconds: 3)
    }

    let scale: Scale
    /// On the disk that is measured; gone when the run ends.
    let directory: String
    /// Where the programs of this package lie.
    let programs: String
    /// `host:port` of a Kafka broker, if there is one.
    let broker: String?
    /// What the names of all streams that this run makes on the broker start with.
    let kafkaPrefix = "daybook-bench-\(getpid())"
    private var recordFiles: [String: RecordFile] = [:]

    init(scale: Scale, directory: String, programs: String, broker: String?) throws {
        self.scale = scale
        self.directory = "\(directory)/run-\(getpid())"
        self.programs = programs
        self.broker = broker
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
    }

    func close() {
        deleteKafkaStreams()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Measures a row: one round of each side to warm up, then rounds in turns, either side first by turns. A row whose
    /// figures do not vary needs one round.
    func measure(_ row: Row) throws -> RowResult {
        let sides = try row.start(self)
        defer {
            sides.daybook.stop()
            sides.baseline?.stop()
        }
        if !row.isExact {
            _ = try sides.daybook.round()
            _ = try sides.baseline?.round()
        }
        var noise = Noise()
        var daybook: [Measurement] = []
        var baseline: [Measurement] = []
        for round in 0..<(row.isExact ? 1 : scale.rounds) {
            noise.sample()
            if round % 2 == 0 {
                daybook.append(try sides.daybook.round())
                if let side = sides.baseline { baseline.append(try side.round()) }
            } else {
                if let side = sides.baseline { baseline.append(try side.round()) }
                daybook.append(try sides.daybook.round())
            }
        }
        return RowResult(row, daybook: daybook, baseline: baseline, remarks: sides.remarks, noise: noise)
    }

    // MARK: - Sides

    /// A C program of this package.
    func baseline(_ name: String, _ arguments: [String], figure: Worker.Figure = .perSecond) throws -> Worker {
        try Worker("\(programs)/baseline", [name] + arguments, figure: figure)
    }

    /// Daybook's side: this program, as a worker.
    func daybook(_ name: String, _ arguments: [String], figure: Worker.Figure = .perSecond) throws -> Worker {
        try Worker("\(programs)/bench", [name] + arguments, figure: figure)
    }

    // MARK: - Records

    /// The records of that many published events, in a file for the C programs.
    func publishedRecords(_ count: Int) throws -> RecordFile {
        try recordFile("published-\(count)") { file in
            var workload = Workload()
            for at in 0..<count {
                for event in workload.events(1) {
                    try file.append(
                        RecordEncoder.encode(created: event, actor: nil), partition: History.partition(of: event),
                        time: workload.time(ofRecord: at))
                }
            }
        }
    }

    /// A history of that many records, changes among them, in a file for the C programs.
    func historyRecords(_ count: Int) throws -> RecordFile {
        try recordFile("history-\(count)") { file in
            try file.append(History(records: count))
        }
    }

    private func recordFile(_ name: String, _ fill: (inout RecordFile) throws -> Void) throws -> RecordFile {
        if let file = recordFiles[name] { return file }
        var file = try RecordFile(path: "\(directory)/\(name).records")
        try fill(&file)
        try file.close()
        recordFiles[name] = file
        return file
    }
}
