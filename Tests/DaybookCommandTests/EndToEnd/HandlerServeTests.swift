import Foundation
import LosslessJSON
import MailTesting
import TestTools
import Testing

/// What `daybook serve` delivers to: the handlers of its configuration, and webhooks of registrations.
@Suite(.timeLimit(.minutes(5))) struct HandlerServeTests {
    private static let secret = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(
        _ configuration: String, _ more: String..., environment: [String: String] = [:]
    ) async throws -> ServerProcess {
        let file = try directory.file("daybook.json", configuration)
        return try await ServerProcess.start(
            ["--port", "0", "--data", directory.path + "/data", "--config", file] + more, environment: environment)
    }

    private func curl(_ arguments: String...) async throws -> String {
        try await Program.run("/usr/bin/curl", ["--silent", "--show-error"] + arguments).output
    }

    @Test(
        "a dataset published over HTTP is the same table in the CSV file, the text mail and the HTML mail",
        .enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable })
    func oneTable() async throws {
        let mail = try await TestMailServer()
        let rows = directory.path + "/rows"
        try FileManager.default.createDirectory(atPath: rows, withIntermediateDirectories: true)
        let server = try await start(
            """
            {
              "topics": {"ssh.login": {"fields": [
                  {"name": "user", "description": "Who <logged> in", "type": "string"},
                  {"name": "port", "description": "Port", "type": "integer"}, "note"]}},
              "handlers": {
                "rows": {"type": "csv", "directory": "\(rows)"},
                "mail": {"type": "email", "server": "127.0.0.1", "port": \(mail.port), "security": "none",
                         "from": "daybook@b.example", "to": "c@d.example", "connectTimeout": "1m", "timeout": "1m"}
              },
              "registrations": {
                "rows": {"filter": "kind = dataset", "delivery": "handler", "settings": {"handler": "rows"}},
                "mail": {"filter": "kind = dataset", "delivery": "handler", "settings": {"handler": "mail"}}
              }
            }
            """)
        for name in ["rows", "mail"] {
            while try await server.daybook("registrations", "show", name).code != 0 {}
        }
        // Not in the order of the fields: that is the catalogue's.
        let published = try await curl(
            server.url + "/api/events", "-H", "content-type: application/x-ndjson", "--data-binary",
            #"{"topic": "ssh.login", "sender": "gate", "kind": "dataset", "payload": {"note": "#
                + #""she said \"<b>hi</b>\", twice", "port": 2200, "user": "Ann & Bob", "timestamp": "2026-01-02T03:04:05Z"}}"#
        )
        #expect(published.contains(#""id":"#), "\(published)")
        let values = ["2026-01-02T03:04:05Z", "Ann & Bob", "2200", #"she said "<b>hi</b>", twice"#]
        let titles = ["timestamp", "Who <logged> in", "Port", "note"]
        let received = try await mail.mail()
        let lines = zip(titles, values).map { title, value in
            title + String(repeating: " ", count: titles[1].count - title.count) + "  " + value
        }
        let text = try #require(received.text("text/plain"))
        #expect(text.contains(lines.joined(separator: "\n")), "\(text)")
        let html = try #require(received.text("text/html"))
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
                .replacing("\"", with: "&quot;")
        }
        var rest = html[...]
        for text in zip(titles, values).flatMap({ [$0, $1] }).map(escaped) {
            let range = try #require(rest.range(of: ">\(text)<"), "\(text) is not in \(rest)")
            rest = rest[range.upperBound...]
        }
        let path = rows + "/gate-ssh.login.csv"
        while !FileManager.default.fileExists(atPath: path) { try await Task.sleep(for: .milliseconds(20)) }
        let read = try await Program.run(
            "/usr/bin/env",
            [
                "python3", "-c",
                "import csv,json,sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='')))))",
                path,
            ])
        let table = try JSONDecoder().decode([[String]].self, from: Data(read.output.utf8))
        #expect(table == [["timestamp", "user", "port", "note"], values])
        #expect(await server.stop() == 0)
    }

    @Test("what is wrong with handlers and webhooks is found before the server starts, all of it")
    func mistakesAtStart() async throws {
        let template = try directory.file("broken.mustache", "{{#a}}")
        let error = await #expect(throws: ServerProcess.NotStarted.self) {
            try await start(
                """
                {
                  "handlers": {
                    "rows": {"type": "csv", "directory": "\(directory.path)/nowhere"},
                    "mail": {"type": "email", "server": "127.0.0.1", "from": "a@b.example", "to": "c@d.example",
                             "subjectTemplate": {"file": "\(template)"}},
                    "text": {"type": "sms", "account": "AC1", "token": "env:NO_TOKEN", "from": "+15005550006",
                             "to": ["+15005550010"]},
                    "prog": {"type": "exec", "program": "no-such-program"},
                    "hook": {"type": "webhook", "url": "https://127.0.0.1/x", "secrets": "env:SECRET"},
                    "gone": {"type": "webhook", "url": "https://203.0.114.1/x", "secrets": "file:/no/such/file"},
                    "off": {"type": "csv", "directory": "/nowhere", "enabled": false}
                  },
                  "registrations": {
                    "own": {"delivery": "webhook", "settings": {"url": "https://10.0.0.1/x", "secrets": ["env:SECRET"]}}
                  }
                }
                """, environment: ["SECRET": Self.secret])
        }
        #expect(error?.code == 64)
        for message in [
            "handlers.rows.directory: ", "handlers.mail.subjectTemplate: ",
            "handlers.text.token: there is no environment variable 'NO_TOKEN'",
            "handlers.prog.program: 'no-such-program' cannot be started",
            "handlers.hook.url: 127.0.0.1 is no public address (loopback); set allowsPrivateAddresses",
            "handlers.gone.secrets: '/no/such/file' cannot be read",
            "registrations.own.settings.url: 10.0.0.1 is no public address",
        ] {
            #expect(error?.errors.contains(message) == true, "no \(message) in \(error?.errors ?? "")")
        }
        #expect(error?.errors.contains("handlers.off") == false && error?.errors.contains(Self.secret) == false)
    }

    @Test("a webhook made over HTTP is sent signed, where the server's settings allow the address")
    func webhook() async throws {
        let hook = try StandInServer { _ in StandInServer.Answer(status: 204) }
        let body =
            #"{"name": "hook", "filter": "topic = page.*", "delivery": "webhook", "#
            + #""settings": {"url": "http://127.0.0.1:\#(hook.port)/in", "secrets": ["env:HOOK_SECRET"], "timeout": "1m"}}"#
        let environment = ["HOOK_SECRET": Self.secret]
        let strict = try await start("{}", environment: environment)
        let plain = try await curl(strict.url + "/api/registrations", "--json", body)
        #expect(
            plain.contains("settings") && plain.contains("is not https; this server's settings do not allow it"),
            "\(plain)")
        let local = try await curl(
            strict.url + "/api/registrations", "--json", body.replacing("http://127.0.0.1", with: "https://127.0.0.1"))
        #expect(local.contains("127.0.0.1 is no public address (loopback); this server's settings"), "\(local)")
        let missing = try await curl(
            strict.url + "/api/registrations", "--json", body.replacing("HOOK_SECRET", with: "NO_SECRET"))
        #expect(missing.contains("settings do not allow it"))
        #expect(try await strict.daybook("registrations", "show", "hook").code == 3)
        await strict.stop()

        let server = try await start(
            #"{"webhooks": {"allowHttp": true, "allowPrivateAddresses": true}}"#, environment: environment)
        let unknown = try await curl(
            server.url + "/api/registrations", "--json", body.replacing("HOOK_SECRET", with: "NO_SECRET"))
        #expect(unknown.contains("there is no environment variable 'NO_SECRET'"), "\(unknown)")
        let made = try await curl("--fail", server.url + "/api/registrations", "--json", body)
        #expect(made.contains(#""delivery":"webhook""#) && !made.contains(Self.secret), "\(made)")
        #expect(try await server.daybook("publish", "--topic", "page.new").code == 0)
        while hook.requests.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        let request = try #require(hook.requests.first)
        #expect(request.path == "/in" && request.headers["webhook-signature"]?.hasPrefix("v1,") == true)
        #expect(request.text.contains("page.new"))
        #expect(await server.stop() == 0)
    }

    @Test("a handler handles what its own filter lets through, and settles the rest")
    func ownFilter() async throws {
        let seen = directory.path + "/seen"
        let program = #"while read -r line; do echo "$line" >> "$0.$1"; done"#
        func handler(_ name: String, _ more: String) -> String {
            #""\#(name)": {"type": "exec", "program": "sh", "acknowledges": false, "arguments": "#
                + #"["-c", \#(JSONText.string(program)), "\#(seen)", "\#(name)"]\#(more)}"#
        }
        let names = ["all", "none", "some"]
        let server = try await start(
            """
            {
              "handlers": {\(handler("all", "")), \(handler("none", #", "defaultAction": "skip""#)),
                           \(handler("some", #", "filter": "severity = error""#))},
              "registrations": {
                \(names.map { #""\#($0)": {"delivery": "handler", "settings": {"handler": "\#($0)"}}"# }.joined(separator: ","))
              }
            }
            """)
        for name in names { while try await server.daybook("registrations", "show", name).code != 0 {} }
        let lines = ["informational", "error", "warning"].map { #"{"topic": "a.b", "severity": "\#($0)"}"# }
        #expect(try await server.daybook("publish", "-", input: lines.joined(separator: "\n")).code == 0)
        for name in names {
            var lag = ""
            while lag != "0" {
                let shown = try await server.daybook("registrations", "show", name, "--json")
                lag = try JSONMembers(shown.output.utf8)["lag"]?.members?["records"]?.numberText ?? ""
            }
        }
        #expect(await server.stop() == 0)
        func texts(_ name: String) -> [String] {
            let text = (try? String(contentsOfFile: "\(seen).\(name)", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
        #expect(texts("all").filter { $0.contains(#""topic":"a.b""#) }.count == 3)
        #expect(texts("none").isEmpty)
        #expect(texts("some").filter { $0.contains(#""severity":"error""#) }.count == 1)
        #expect(texts("some").allSatisfy { $0.contains(#""severity":"error""#) })
    }
}
