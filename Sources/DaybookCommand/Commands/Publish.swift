import ArgumentParser
import Daybook
import LosslessJSON

struct Publish: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish one event from options, or many from a file.",
        discussion: """
            A file holds NDJSON: an event a line, a JSON object with at least a topic; `-` is standard input. Lines \
            are published in order. Those that are refused are listed with their numbers, and the others published \
            all the same, unless --atomic is given.

              daybook publish --topic build.finished --project web --summary '{"seconds": 41}'
              daybook publish events.ndjson
              scripts/git-events ~/src/project | daybook publish -

            Exit code 4 tells that lines were refused, 5 that some could not be published now.
            """)

    @Argument(help: "NDJSON with events; `-` is standard input.")
    var file: String?
    @OptionGroup(title: "One event") var event: EventOptions
    @Flag(help: "All lines or none, in one request (at most 10000 lines).")
    var atomic = false
    @Option(help: ArgumentHelp("How long to wait for a server that went away meanwhile.", valueName: "time"))
    var retryFor = "30s"
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if file != nil, event.isGiven { throw ValidationError("Give either a file or the options of one event.") }
        if file == nil, event.topic == nil {
            throw ValidationError("Say what to publish: --topic TOPIC for one event, FILE or - for NDJSON.")
        }
        if DurationText.parse(retryFor) == nil {
            throw ValidationError("--retry-for '\(retryFor)' is no time span such as 10s or 5m.")
        }
    }

    func execute() async throws {
        let line = file == nil ? try event.line() : []
        try await connection.withClient { client in
            if let file {
                try await publishFile(file, client)
            } else {
                try await publishOne(line, client)
            }
        }
    }

    private func publishOne(_ line: [UInt8], _ client: DaybookClient) async throws {
        guard let result = try await client.publish([EventLine.withID(line)]).first else {
            throw client.unexpected("no result")
        }
        guard result.isPublished else {
            throw CommandFailure(
                result.isUnavailable ? .unavailable : .refused, Self.reason(result))
        }
        Console.write(output.json ? Self.json(line: 1, result) : "\(result.id ?? "")\n")
    }

    private func publishFile(_ path: String, _ client: DaybookClient) async throws {
        let batches = try LineBatches(path: path)
        var progress = ProgressLine(total: batches.byteCount)
        var reports: [(line: Int, result: DaybookClient.ItemResult)] = []
        var run = PublishRun(client: client, atomically: atomic, patience: DurationText.parse(retryFor) ?? .zero) {
            reports.append(($0, $1))
        }
        var stopped: CommandFailure?
        do {
            while let batch = try await nextBatch(batches) {
                defer {
                    for (line, result) in reports { report(line, result, &progress) }
                    reports = []
                }
                try await run.publish(lines: batch.lines, numbers: batch.numbers)
                let count = run.count
                progress.show(
                    done: batch.bytesRead, items: count.published + count.duplicates + count.refused + count.failed,
                    "events")
            }
        } catch let failure as CommandFailure {
            stopped = failure
        }
        progress.clear()
        try conclude(run.count, after: progress.elapsed, stopped)
    }

    /// An atomic publish needs all lines at once.
    private func nextBatch(_ batches: LineBatches) async throws -> LineBatches.Batch? {
        guard atomic else { return try await batches.next() }
        var all = LineBatches.Batch()
        while let batch = try await batches.next() {
            all.lines += batch.lines
            all.numbers += batch.numbers
            all.bytesRead = batch.bytesRead
        }
        return all.lines.isEmpty ? nil : all
    }

    private func report(_ line: Int, _ result: DaybookClient.ItemResult, _ progress: inout ProgressLine) {
        if output.json { Console.write(Self.json(line: line, result)) }
        guard !result.isPublished, result.duplicateOf == nil else { return }
        progress.clear()
        Console.writeError("line \(line): \(DisplayText.safe(Self.reason(result)))\n")
    }

    private func conclude(_ count: PublishRun.Count, after elapsed: Duration, _ stopped: CommandFailure?) throws {
        let seconds = elapsed / .seconds(1)
        let rate = Int(Double(count.published) / max(seconds, 0.001))
        let tenths = Int(seconds * 10)
        let duplicates = count.duplicates > 0 ? "\(count.duplicates) duplicates, " : ""
        Console.writeError(
            "published \(count.published) events in \(tenths / 10).\(tenths % 10) s (\(rate)/s), \(duplicates)"
                + "\(count.refused) refused, \(count.failed) failed\n")
        if let stopped { throw stopped }
        if count.failed > 0 { throw ExitCode(CommandFailure.Kind.unavailable.rawValue) }
        if count.refused > 0 { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }

    /// What was wrong with a line, without the number it had in its batch.
    static func reason(_ result: DaybookClient.ItemResult) -> String {
        let text = result.error ?? "status \(result.status)"
        guard text.hasPrefix("line "), let colon = text.firstIndex(of: ":"),
            text[text.index(text.startIndex, offsetBy: 5)..<colon].allSatisfy(\.isNumber)
        else { return text }
        return String(text[colon...].dropFirst(2))
    }

    private static func json(line: Int, _ result: DaybookClient.ItemResult) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.key("line")
        json.int(line)
        json.text("id", result.id)
        json.key("status")
        json.int(result.status)
        json.text("error", result.error)
        json.text("duplicateOf", result.duplicateOf)
        json.endObject()
        json.endLine()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
