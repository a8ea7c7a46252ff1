import Foundation
import LosslessJSON
import Testing

@testable import DaybookCommand

/// `daybook registrations` and `daybook dead-letters` against a server, and what a configuration file says of both.
@Suite struct RegistrationCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(_ more: String..., environment: [String: String] = [:]) async throws -> ServerProcess {
        try await ServerProcess.start(
            ["--port", "0", "--data", directory.path + "/data"] + more, environment: environment)
    }

    /// What the server answers to a POST.
    private func post(_ server: ServerProcess, _ path: String, _ body: String) async throws -> JSONMembers {
        let answer = try await Program.run(
            "/usr/bin/curl", ["--silent", "--show-error", "--json", body, server.url + path])
        return try JSONMembers(answer.output.utf8)
    }

    @Test("a registration is made, shown, paused, moved and deleted")
    func life() async throws {
        let server = try await start()
        for _ in 0..<3 { _ = try await server.daybook("publish", "--topic", "page.new") }
        let made = try await server.daybook(
            "registrations", "create", "print", "--filter", "topic = page.*", "--on", "created,changed", "--delivery",
            "pull", "--start", "earliest", "--policy", #"{"maximumAttempts": 2}"#)
        #expect(made.code == 0 && made.output == "print was made\n", "\(made)")
        let again = try await server.daybook(
            "registrations", "create", "print", "--filter", "topic = page.*", "--on", "created", "--on", "changed",
            "--delivery", "pull")
        #expect(again.code == 0 && again.output == "print is there already\n", "\(again)")
        let other = try await server.daybook("registrations", "create", "print")
        #expect(other.code == 4 && other.errors.contains("with another filter: topic = page.*"), "\(other)")

        let list = try await server.daybook("registrations", "list")
        #expect(list.lines.count == 2 && list.lines[0].hasPrefix("NAME   STATE    LAG"), "\(list)")
        #expect(list.lines.last?.hasPrefix("print  running  3") == true)
        let line = try #require(try await server.daybook("registrations", "list", "--json").lines.first)
        #expect(try JSONMembers(line.utf8)["policy"]?.members?["maximumAttempts"]?.numberText == "2")
        let shown = try await server.daybook("registrations", "show", "print")
        #expect(shown.code == 0 && shown.output.contains("topic = page.*") && shown.output.contains("daybook.page"))

        #expect(try await server.daybook("registrations", "pause", "print", "--reason", "no paper").code == 0)
        let paused = try await server.daybook("registrations", "show", "print", "--json")
        #expect(try JSONMembers(paused.output.utf8)["reason"]?.stringValue == "no paper")
        #expect(try await server.daybook("registrations", "resume", "print").code == 0)
        #expect(try await server.daybook("registrations", "change", "print", "--on", "deleted").code == 0)
        #expect(try await server.daybook("registrations", "change", "print").code == 64)

        let dry = try await server.daybook("registrations", "reset", "print", "--to", "latest", "--dry-run")
        #expect(dry.code == 0 && dry.lines.first?.hasPrefix("STREAM") == true && dry.lines.count > 1, "\(dry)")
        let reset = try await server.daybook("registrations", "reset", "print", "--to", "latest", "--json")
        #expect(reset.lines.count == dry.lines.count - 1)
        #expect(
            try await server.daybook("registrations", "reset", "print", "--to", "latest").output == "nothing moves\n")
        let wrong = try await server.daybook("registrations", "reset", "print", "--to", "soon")
        #expect(wrong.code == 4 && wrong.errors.contains("to: must be earliest, latest"), "\(wrong)")

        #expect(try await server.daybook("registrations", "delete", "print").code == 0)
        let gone = try await server.daybook("registrations", "show", "print")
        #expect(gone.code == 3 && gone.errors.contains("there is no registration print"), "\(gone)")
    }

    @Test("dead letters are listed, shown, redriven and dropped")
    func deadLetters() async throws {
        let server = try await start()
        _ = try await server.daybook(
            "registrations", "create", "print", "--filter", "topic = page.*", "--delivery", "pull")
        let pages = (0..<5).map { #"{"topic": "page.new", "description": "\#($0)"}"# }.joined(separator: "\n")
        #expect(try await server.daybook("publish", "-", input: pages).code == 0)
        var refused = 0
        while refused < 5 {
            let pulled = try await post(server, "/api/registrations/print/pull", #"{"waitSeconds": 20}"#)
            let tokens = pulled["deliveries"]?.elements?.compactMap { $0.members?["token"]?.description } ?? []
            let body = #"{"tokens": [\#(tokens.joined(separator: ","))], "permanent": true, "reason": "no paper"}"#
            _ = try await post(server, "/api/registrations/print/nack", body)
            refused += tokens.count
        }
        var list = try await server.daybook("dead-letters", "list", "print", "--all", "--json")
        while list.lines.count < 5 { list = try await server.daybook("dead-letters", "list", "print", "--json") }
        let position = try #require(try JSONMembers(list.lines[0].utf8)["position"]?.stringValue)
        let table = try await server.daybook("dead-letters", "list", "print", "--limit", "2")
        #expect(table.lines.count == 3 && table.lines[1].contains("no paper"), "\(table)")
        let shown = try await server.daybook("dead-letters", "show", "print", position)
        #expect(shown.code == 0 && shown.output.contains("no paper"), "\(shown)")

        let redriven = try await server.daybook("dead-letters", "redrive", "print", "--limit", "2")
        #expect(redriven.code == 0 && redriven.output == "2 dead letters to be delivered again\n", "\(redriven)")
        #expect(try await server.daybook("dead-letters", "drop", "print").code == 64)
        let none = try await server.daybook("dead-letters", "drop", "print", "--filter", "topic = other")
        #expect(none.output == "0 dead letters dropped\n", "\(none)")
        let dropped = try await server.daybook("dead-letters", "drop", "print", "--all", "--json")
        #expect(dropped.output == "{\"moved\":3}\n", "\(dropped)")
        let wrong = try await server.daybook("dead-letters", "redrive", "print", "--filter", "topic =")
        #expect(wrong.code == 4 && wrong.errors.contains("filter: "), "\(wrong)")
        #expect(try await server.daybook("dead-letters", "list", "none").code == 3)
    }

    @Test("the configuration's registrations are made at start, and changed at the next one")
    func configured() async throws {
        let first = try directory.file(
            "first.json", #"{"registrations": {"print": {"filter": "topic = page.*", "delivery": "pull"}}}"#)
        let second = try directory.file(
            "second.json", #"{"registrations": {"print": {"filter": "topic = sheet.*", "delivery": "pull"}}}"#)
        let third = try directory.file("third.json", #"{"registrations": {"print": {"delivery": "process"}}}"#)
        var ids: Set<String> = []
        for (file, filter) in [(first, "topic = page.*"), (second, "topic = sheet.*")] {
            let server = try await start("--config", file)
            var shown = try await server.daybook("registrations", "show", "print", "--json")
            while shown.code == 3 || !shown.output.contains(filter) {
                shown = try await server.daybook("registrations", "show", "print", "--json")
            }
            ids.insert(try #require(try JSONMembers(shown.output.utf8)["id"]?.stringValue))
            await server.stop()
        }
        #expect(ids.count == 1)
        let refused = await #expect(throws: ServerProcess.NotStarted.self) {
            let server = try await start("--config", third)
            // It may have listened before it found out.
            let code = await server.end()
            throw ServerProcess.NotStarted(code: code, errors: server.errors)
        }
        #expect(refused?.code == 1 && refused?.errors.contains("another way of delivery: pull") == true)
    }

    @Test(
        "what is wrong with handlers and registrations is found at start, and named",
        arguments: [
            (
                #"{"handlers": {"mail": {"type": "pigeon"}}}"#,
                "handlers.mail.type: 'pigeon' is none of log, csv, email, sms, webhook, exec"
            ),
            (#"{"handlers": {"rows": {"type": "csv"}}}"#, "handlers.rows.directory: is missing"),
            (
                #"{"handlers": {"rows": {"type": "csv", "directory": "/", "sync": "often", "rotation": {"kept": 0}}}}"#,
                "handlers.rows.rotation.kept: must be a whole number from 1 to 9999; handlers.rows.sync: 'often' is neither"
            ),
            (
                #"{"handlers": {"t": {"type": "sms", "account": "AC1", "from": "+15005550006", "to": "+15005550010"}}}"#,
                "handlers.t.token: is missing"
            ),
            (
                #"{"handlers": {"t": {"type": "sms", "account": "AC1", "token": "geheim", "from": "+1", "to": "+15005550010"}}}"#,
                "handlers.t.token: is no reference to a secret"
            ),
            (
                #"{"handlers": {"hook": {"type": "webhook", "url": "http://a.example/", "secrets": "env:A"}}}"#,
                "handlers.hook.url: 'http://a.example/' is not https; set allowsHTTP"
            ),
            (
                #"{"handlers": {"p": {"type": "exec", "program": "cat", "secrets": {"A": "geheim"}, "environment": {"B": 1}}}}"#,
                "handlers.p.environment.B: must be a string, not number; handlers.p.secrets.A: is no reference"
            ),
            (
                #"{"handlers": {"log": {"type": "log", "label": 1}}}"#,
                "handlers.log.label: must be a string, not number"
            ),
            (
                #"{"handlers": {"log": {"type": "log", "filter": "(topic = a"}}}"#,
                "handlers.log.filter: "
            ),
            (
                #"{"handlers": {"log": {"type": "log", "filter": "topic = a", "defaultAction": "skip"}}}"#,
                "handlers.log.defaultAction: counts only without a filter"
            ),
            (
                #"{"registrations": {"a": {"delivery": "webhook", "settings": {"secrets": "env:A"}}}}"#,
                "registrations.a.settings.url: is missing"
            ),
            (
                #"{"registrations": {"a": {"delivery": "webhook", "settings": {"url": "http://a.example", "secrets": "env:A"}}}}"#,
                "registrations.a.settings.url: 'http://a.example' is not https"
            ),
            (#"{"handlers": {"mail": {}}}"#, "handlers.mail.type: is missing"),
            (#"{"handlers": []}"#, "handlers: must be an object of handlers by name"),
            (
                #"{"handlers": {"mail": {"type": "email", "from": "a@b.c", "to": "x", "prot": 1}}}"#,
                "handlers.mail.server: is missing; handlers.mail.prot: there is no such setting"
            ),
            (
                #"{"handlers": {"mail": {"type": "email", "server": "h", "from": "a@b.c", "to": ["nobody"]}}}"#,
                "handlers.mail.to: "
            ),
            (
                #"{"handlers": {"mail": {"type": "email", "server": "h", "from": "a@b.c", "to": "x@y.z", "password": "geheim"}}}"#,
                "handlers.mail.password: is no reference to a secret"
            ),
            (
                #"{"handlers": {"mail": {"type": "email", "server": "h", "from": "a@b.c", "to": "x@y.z", "subjectTemplate": "{{#a}}"}}}"#,
                "handlers.mail.subjectTemplate: "
            ),
            (#"{"registrations": {"a": {"filter": "topic ="}}}"#, "registrations.a.filter: "),
            (#"{"registrations": {"a b": {}}}"#, "registrations.a b.name: "),
            (#"{"registrations": {"a": {"policy": {"jitter": 2}}}}"#, "registrations.a.policy.jitter: must be 0 to 1"),
            (
                #"{"registrations": {"a": {"delivery": "handler", "settings": {"handler": "mail"}}}}"#,
                "registrations.a.settings.handler: this server's configuration has no handler mail"
            ),
        ])
    func mistakes(text: String, message: String) throws {
        let file = try directory.file("c.json", text)
        let error = #expect(throws: CommandFailure.self) {
            try ConfigurationSources(environment: [:], file: file).configuration()
        }
        #expect(error?.kind == .usage && error?.message.contains("c.json: ") == true)
        #expect(
            error?.message.contains(message) == true && error?.message.contains("geheim") == false, "\(error as Any)")
    }
}
