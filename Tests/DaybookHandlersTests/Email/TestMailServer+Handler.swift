import DaybookHandlers
import Mail
import MailTesting

extension TestMailServer {
    func settings(_ change: (inout EmailSettings) -> Void = { _ in }) -> EmailSettings {
        var settings = EmailSettings(
            name: "mail", server: "127.0.0.1", port: port, security: .none, connectTimeout: .seconds(60),
            timeout: .seconds(60), from: "Daybook <daybook@b.example>", to: ["c@d.example"])
        change(&settings)
        return settings
    }

    /// A handler that is ready to send to this server.
    func handler(_ change: (inout EmailSettings) -> Void = { _ in }) async throws -> EmailHandler {
        let handler = try settings(change).makeHandler()
        try await handler.prepare()
        return handler
    }
}
