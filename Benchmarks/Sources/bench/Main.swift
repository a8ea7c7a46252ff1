import ArgumentParser
// Daybook's sides run with the allocator that its server has.
import CJemalloc
import Foundation

@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures Daybook and, in the same run, what the libraries below it do without it.",
        subcommands: [
            Run.self, SQLitePublish.self, Project.self, Fill.self, KafkaPublish.self, KafkaRead.self, KafkaStreams.self,
            HashedPublish.self, HashMemory.self, HashRestore.self, MatchFilters.self,
            Callbacks.self, CSVRows.self, Mails.self, Isolation.self,
        ], defaultSubcommand: Run.self)
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures rows and prints a table.",
        discussion: """
            With DAYBOOK_KAFKA=HOST:PORT the Kafka rows run against that broker; without it they are not run.
            """)

    @Argument(help: "Rows to measure, by name or by the start of it; all when none is given.")
    var rows: [String] = []
    @Flag(help: "Less of everything: a few minutes.")
    var quick = false
    @Flag(help: "Print JSON instead of the table; what is going on goes to standard error.")
    var json = false
    @Flag(help: "Only name the rows.")
    var list = false
    @Option(help: "Rounds of each side.")
    var rounds: Int?
    @Option(help: "Where to work: a directory on the disk that is to be measured.")
    var directory = "bench-results"

    func validate() throws {
        if let rounds, rounds < 1 { throw ValidationError("--rounds is at least 1") }
        for row in rows where !Row.all.contains(where: { $0.name.hasPrefix(row) }) {
            throw ValidationError("no row's name starts with '\(row)'; --list names them")
        }
    }

    func run() throws {
        let chosen = Row.all.filter { row in rows.isEmpty || rows.contains { row.name.hasPrefix($0) } }
        if list {
            for row in chosen { print("\(row.name): \(row.title)\(row.baseline.map { "; against \($0)" } ?? "")") }
            return
        }
        var scale = quick ? Bench.Scale.quick : .full
        if let rounds { scale.rounds = rounds }
        let bench = try Bench(
            scale: scale, directory: directory,
            programs: (CommandLine.arguments[0] as NSString).deletingLastPathComponent,
            broker: ProcessInfo.processInfo.environment["DAYBOOK_KAFKA"])
        defer { bench.close() }
        var report = Report(
            machine: try Machine(directory: bench.directory), mode: quick ? "quick" : "full", rounds: scale.rounds,
            records: try bench.publishedRecords(1000).summary)
        show(report.heading)
        for row in chosen {
            guard !row.needsBroker || bench.broker != nil else {
                report.missing[row.name] = "not run: DAYBOOK_KAFKA=HOST:PORT is not set"
                continue
            }
            do {
                let result = try bench.measure(row)
                report.rows.append(result)
                show(Report.text(result))
            } catch let error as BenchError {
                report.missing[row.name] = "not measured: \(error)"
                show("\(row.name): not measured: \(error)\n")
            }
        }
        print(json ? try report.json : report.table)
    }

    /// To standard output, or out of the way of the JSON there.
    private func show(_ text: String) {
        FileHandle(fileDescriptor: json ? STDERR_FILENO : STDOUT_FILENO).write(Data("\(text)\n".utf8))
    }
}
