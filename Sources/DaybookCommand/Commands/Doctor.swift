import ArgumentParser
import Daybook

struct Doctor: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Find out what is wrong with a server or its surroundings, and what to do.",
        discussion: """
            With the options of `daybook serve` it looks at what that would find on this machine: directory, disk, \
            port, log, streams, clock. With --server it looks at a running server from outside. It changes nothing. \
            Exit code 1 tells that something is wrong.

              daybook doctor --data /var/lib/daybook
              daybook doctor --log kafka://broker1:9092
              daybook doctor --server http://127.0.0.1:8080
            """)

    @Option(help: ArgumentHelp("Look at this running server.", valueName: "url"))
    var server: String?
    @OptionGroup var trust: TrustOptions
    @OptionGroup(title: "Settings") var settings: SettingOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let findings =
            if let server {
                try await DaybookClient.with(server: server, authority: trust.authority) {
                    await ServerExamination.findings($0)
                }
            } else {
                await examine()
            }
        var table = Table(["", "WHAT", "HOW IT IS"])
        for finding in findings {
            Console.write(
                output.json
                    ? String(decoding: finding.json, as: UTF8.self)
                    : table.add([finding.verdict.rawValue, finding.subject, finding.text]))
        }
        if !output.json { Console.write(table.flush()) }
        if findings.contains(where: { $0.verdict == .failed }) { throw ExitCode.failure }
    }

    private func examine() async -> [Finding] {
        let configuration: ServerConfiguration
        var findings: [Finding] = []
        do {
            let sources = try settings.sources
            configuration = try sources.configuration()
            findings.append(.ok("settings", "they can be used; `daybook config show` lists them"))
            findings += sources.unknownVariables.map {
                .warning("settings", "there is no setting \($0): a slip of the pen?")
            }
        } catch {
            return [.failed("settings", "\(error)")]
        }
        findings += TLSExamination.findings(configuration.tls)
        if case .sqlite(let directory) = configuration.log {
            findings += MachineExamination.directory(directory)
            // A log that is not there yet must not be made by looking at it.
            if findings.contains(where: { $0.verdict == .failed }) || !LogOpener.exists(configuration.log) {
                return findings + [MachineExamination.port(configuration.port, of: configuration.host)]
            }
        }
        do {
            let log = try await LogOpener.open(configuration)
            findings += await LogExamination.findings(log, configuration)
            findings.append(MachineExamination.port(configuration.port, of: configuration.host))
            try await log.close()
        } catch LogError.inUse(let what) {
            findings.append(.ok("log", what))
            findings += await examineServer(configuration)
        } catch {
            findings.append(.failed("log", "\(configuration.log.redacted): \(error)"))
        }
        return findings
    }

    /// The log is in use: most likely by the server whose settings these are.
    private func examineServer(_ configuration: ServerConfiguration) async -> [Finding] {
        let url = "\(configuration.scheme)://\(configuration.host):\(configuration.port)"
        return
            (try? await DaybookClient.with(server: url, authority: trust.authority) {
                await ServerExamination.findings($0)
            }) ?? []
    }
}
