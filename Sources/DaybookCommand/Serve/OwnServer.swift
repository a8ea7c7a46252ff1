import Daybook
import DaybookIndex
import DaybookServer
import Logging

/// A server of a command's own, on a log that no other server has open, for as long as the command takes.
enum OwnServer {
    static func withClient<Outcome>(
        _ configuration: ServerConfiguration, _ body: (DaybookClient) async throws -> Outcome
    ) async throws -> Outcome {
        var configuration = configuration
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.tls = TLSPaths()
        configuration.tokens = TokenSettings()
        configuration.http.corsOrigins = []
        configuration.http.rateLimit = nil
        // Others on this machine reach the port, too: keys are asked of them, if there are any. Who has the log itself needs
        // none but this one.
        let key = KeySecret.generate()
        configuration.http.ownKey = key
        // A command looks at the log; it does not send mails.
        configuration.delivers = false
        // What goes wrong is thrown, and told in one sentence.
        LogOutput.start(.critical)
        let (starts, starting) = AsyncStream.makeStream(of: ServerRun.Started.self)
        let run = try ServerRun(configuration, logger: Logger(label: "daybook")) { starting.yield($0) }
        async let running: Void = {
            defer { starting.finish() }
            try await run.run()
        }()
        var outcome: Outcome?
        var failure: (any Error)?
        do {
            guard let started = await starts.first(where: { _ in true }) else { throw CancellationError() }
            do throws(NodeUnavailable) {
                _ = try run.node.parts()
            } catch {
                throw CommandFailure(.unavailable, error.reason)
            }
            try await run.node.whenOpen().projector.caughtUp()
            let name = "the log \(configuration.log.redacted)"
            outcome = try await DaybookClient.with(
                server: "http://127.0.0.1:\(started.port)", name: name, apiKey: key.text, body)
        } catch {
            failure = error
        }
        await run.stop()
        // What ended the server says more than what the command saw of it.
        try await running
        if let failure { throw failure }
        guard let outcome else { throw CancellationError() }
        return outcome
    }
}
