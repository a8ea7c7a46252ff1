import ArgumentParser
import DaybookServer
import Logging
import UnixSignals

struct Serve: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a server.",
        discussion: """
            Without options it listens on http://127.0.0.1:8080 and keeps its events in ./daybook-data. Each option \
            can also be given in the environment (--port as DAYBOOK_PORT) or in a configuration file; \
            `daybook config show` tells what counts. SIGTERM and Ctrl-C end it when what is in hand is done; a second \
            one ends it at once, which loses nothing that was acknowledged.

              daybook serve --port 18080 --data /var/lib/daybook
              daybook serve --log kafka://broker1:9092,broker2:9092
            """)

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func execute() async throws {
        let sources = try settings.sources
        let configuration = try sources.configuration()
        LogOutput.start(configuration.logLevel)
        let logger = Logger(label: "daybook")
        for variable in sources.unknownVariables {
            logger.warning("there is no setting \(variable), a slip of the pen? `daybook config show` lists all")
        }
        if !configuration.isLoopbackOnly {
            if configuration.http.isInsecure {
                logger.warning(
                    """
                    others can reach \(configuration.host), and with --insecure they can read and write everything while \
                    there are no keys
                    """)
            }
            if configuration.tls.certificate == nil {
                logger.warning(
                    """
                    others can reach \(configuration.host), and without TLS whoever is on the way can read keys and events: \
                    give --tls-certificate and --tls-key, or let a proxy on this machine do it
                    """)
            }
        }
        let program = CommandLine.arguments[0]
        let run = try ServerRun(configuration, logger: logger, signals: [.sigterm, .sigint]) {
            Console.write(Greeting.text(configuration, $0, program: program))
        }
        try await run.run()
    }
}
