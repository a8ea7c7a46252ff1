import Daybook
import Logging

/// Looks at a log that no server has open. Changes nothing.
enum LogExamination {
    static func findings(_ log: any EventLog, _ configuration: ServerConfiguration) async -> [Finding] {
        var findings: [Finding] = []
        do {
            try await log.checkHealth()
            findings.append(.ok("log", "\(configuration.log.redacted) can be reached and written to"))
        } catch {
            return [.failed("log", "\(configuration.log.redacted): \(error)")]
        }
        do {
            findings.append(try await streams(log, configuration))
            if let clock = try await clock(log, configuration) { findings.append(clock) }
        } catch {
            findings.append(.failed("streams", "\(error)"))
        }
        return findings
    }

    private static func streams(_ log: any EventLog, _ configuration: ServerConfiguration) async throws -> Finding {
        let existing = try await log.streams()
        var layout = configuration.layout
        guard existing[layout.catalog.name] != nil, existing[layout.signals.name] != nil else {
            return .ok("streams", "none with the prefix \(layout.prefix) yet; `daybook serve` makes them")
        }
        // Opening the catalog makes what is missing of the rules' streams, which is not a doctor's business.
        layout.rules.removeAll { existing["\(layout.prefix).\($0.stream)"] == nil }
        let catalog = try await StreamCatalog.open(log: log, layout: layout, logger: Logger(label: "daybook.doctor"))
        let partitions = catalog.historyStreams.reduce(0) { $0 + Int($1.partitions) }
        return .ok(
            "streams",
            "\(catalog.historyStreams.count) with \(partitions) partitions, as the catalog and the settings say")
    }

    /// The newest log time against this machine's clock: log times that lie ahead come from a clock that was wrong.
    private static func clock(_ log: any EventLog, _ configuration: ServerConfiguration) async throws -> Finding? {
        let prefix = configuration.prefix + "."
        let partitions = try await log.streams().values.filter { $0.name.hasPrefix(prefix) }.flatMap(\.allPartitions)
        let ends = try await log.watermarks(of: partitions).filter { $0.value.end > $0.value.low }
        let last = ends.map { Position($0.key, $0.value.end - 1) }
        guard let newest = try await log.records(at: last).compactMap({ $0?.time }).max() else { return nil }
        return MachineExamination.clock(against: newest, of: "the log's newest record", isNow: false)
    }
}
