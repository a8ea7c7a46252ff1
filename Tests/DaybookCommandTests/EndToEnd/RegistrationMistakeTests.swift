import Foundation
import LosslessJSON
import MailTesting
import TestTools
import Testing

/// What people get wrong with registrations and handlers, against a server: each told by name, where it can be at start.
@Suite(.timeLimit(.minutes(5))) struct RegistrationMistakeTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(_ configuration: String = "{}", environment: [String: String] = [:]) async throws
        -> ServerProcess
    {
        let file = try directory.file("daybook.json", configuration)
        return try await ServerProcess.start(
            ["--port", "0", "--data", directory.path + "/data", "--config", file], environment: environment)
    }

    private func mail(_ server: TestMailServer, _ more: String = "") -> String {
        """
        {"handlers": {"mail": {"type": "email", "server": "127.0.0.1", "port": \(server.port), "security": "none",
            "from": "a@b.example", "to": "c@d.example", "connectTimeout": "1m", "timeout": "1m"\(more)}}}
        """
    }

    @Test("filters, names and webhooks that cannot be are refused with what is wrong, and nothing is made")
    func registrations() async throws {
        let server = try await start(environment: [
            "SECRET": "whsec_" + Data(repeating: 1, count: 32).base64EncodedString()
        ])
        #expect(
            try await server.daybook("registrations", "create", "taken", "--filter", "topic = a", "--delivery", "pull")
                .code
                == 0)
        func webhook(_ url: String, _ secret: String) -> [String] {
            ["--delivery", "webhook", "--settings", #"{"url": "\#(url)", "secrets": ["\#(secret)"]}"#]
        }
        let mistakes: [(name: String, options: [String], message: String)] = [
            ("x", ["--filter", "topik = a.*"], "filter: "),
            ("x", ["--filter", "(topic = a or severity = error"], "filter: "),
            ("taken", ["--filter", "topic = b", "--delivery", "pull"], "with another filter: topic = a"),
            ("x", webhook("https://192.168.1.1/in", "env:SECRET"), "192.168.1.1 is no public address"),
            ("x", webhook("https://[::1]/in", "env:SECRET"), "::1 is no public address"),
            ("x", webhook("http://a.example/in", "env:SECRET"), "is not https"),
            ("x", webhook("https://8.8.8.8/in", "env:NO_SECRET"), "there is no environment variable 'NO_SECRET'"),
            ("x", webhook("https://8.8.8.8/in", "geheim"), "is no reference to a secret"),
            ("x", ["--handler", "mail"], "this server's configuration has no handler mail"),
        ]
        for (name, options, message) in mistakes {
            let refused = try await Program.run(
                Program.daybook, ["registrations", "create", name] + options,
                environment: ["DAYBOOK_SERVER": server.url])
            #expect(refused.code == 4 && refused.errors.contains(message), "\(options): \(refused)")
            #expect(!refused.errors.contains("geheim"))
        }
        let left = try await server.daybook("registrations", "list", "--json")
        #expect(left.lines.count == 1)
    }

    @Test(
        "a mail server that wants nobody stops the start",
        .enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable })
    func mailAtStart() async throws {
        let strict = try await TestMailServer {
            $0.security = "none"
            $0.greeting = "554 go away"
        }
        let error = await #expect(throws: ServerProcess.NotStarted.self) { try await start(mail(strict)) }
        #expect(error?.code == 64 && error?.errors.contains("handlers.mail.server: ") == true, "\(error as Any)")
    }

    @Test(
        "mails that are refused later end in dead letters with the server's words",
        .enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable })
    func mailLater() async throws {
        let strict = try await TestMailServer { $0.recipientReplies = ["c@d.example": "550 nobody here"] }
        let server = try await start(mail(strict))
        let made = try await server.daybook(
            "registrations", "create", "alerts", "--filter", "severity = error", "--handler", "mail")
        #expect(made.code == 0, "\(made)")
        #expect(try await server.daybook("publish", "-", input: #"{"topic": "a.b", "severity": "error"}"#).code == 0)
        var letters = try await server.daybook("dead-letters", "list", "alerts", "--json")
        while letters.lines.isEmpty {
            letters = try await server.daybook("dead-letters", "list", "alerts", "--json")
        }
        let error = try JSONMembers(letters.lines[0].utf8)["error"]?.stringValue
        #expect(error?.hasPrefix("handlers.mail: ") == true && error?.contains("550") == true, "\(letters)")
        #expect(await server.stop() == 0)
    }
}
