import Foundation
import Mail
import MailTesting
import Testing

/// Against a real server, read back by Python.
@Suite(.enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable }, .timeLimit(.minutes(2)))
struct SMTPClientTests {
    @Test func whatIsSentIsRead() async throws {
        let server = try await TestMailServer()
        let client = try server.client()
        var mail = try MailMessage.sample(subject: "Grüße an 東京 😀 \"quoted\" <tag>, =?utf-8?Q?no?=")
        mail.from = try MailAddress("\"Lee, Ann\" <ann@b.example>")
        mail.to = [
            try MailAddress("Žofie Nováková <z@b.example>"), try MailAddress("Bob B <bob@c.example>"),
            try MailAddress("plain@d.example"),
        ]
        mail.cc = [try MailAddress("cc@e.example")]
        mail.bcc = [try MailAddress("bcc@f.example")]
        mail.text = "Ünï\n.\n..dots\n\n  blanks  \n\ttab\t\nFrom here\n\(String(repeating: "é", count: 3000))\nend=20="
        mail.html = "<p>Größe &amp; <b>東京</b></p>\n.\n"
        mail.messageID = MessageID(left: "one", right: "b.example")
        mail.headers = [try MailHeader("X-Note", "naïve")]
        try await client.send(mail)

        let got = try await server.mail()
        #expect(got.defects == [])
        #expect(got.subject == mail.subject)
        #expect(got.from == [["Lee, Ann", "ann@b.example"]])
        #expect(
            got.to == [["Žofie Nováková", "z@b.example"], ["Bob B", "bob@c.example"], ["", "plain@d.example"]])
        #expect(got.cc == [["", "cc@e.example"]])
        #expect(got.sender == "ann@b.example")
        #expect(
            got.recipients == ["z@b.example", "bob@c.example", "plain@d.example", "cc@e.example", "bcc@f.example"])
        #expect(got.header("bcc") == [])
        #expect(got.header("x-note") == ["naïve"])
        #expect(got.messageID == "<one@b.example>")
        #expect(got.secondsSince1970 == mail.date.timeIntervalSince1970.rounded(.down))
        #expect(got.type == "multipart/alternative")
        #expect(got.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(got.parts.map(\.charset) == ["utf-8", "utf-8"])
        // A part's last line end belongs to what stands between the parts (RFC 2046, 5.1.1).
        #expect(got.text("text/plain") == mail.text)
        #expect(got.text("text/html") == "<p>Größe &amp; <b>東京</b></p>\n.")
        #expect(got.client == "client.example")
    }

    @Test(arguments: [SMTPServer.Security.startTLS, .tls])
    func aLoginOverAProtectedConnection(security: SMTPServer.Security) async throws {
        let server = try await TestMailServer {
            $0.security = security.rawValue
            $0.user = "ann"
            $0.password = "pass wörd"
        }
        let client = try server.client(
            security: security, login: SMTPLogin(user: "ann", password: "pass wörd"),
            authorityFile: try await TestCertificate.files.certificate)
        try await client.check()
        try await client.send(.sample())
        let got = try await server.mail()
        #expect(got.isEncrypted)
        #expect(server.logins == [true])
        #expect(server.connections == 1)
    }

    @Test func aWrongPassword() async throws {
        let server = try await TestMailServer {
            $0.security = "starttls"
            $0.user = "ann"
            $0.password = "right"
        }
        let client = try server.client(
            security: .startTLS, login: SMTPLogin(user: "ann", password: "hunter2"),
            authorityFile: try await TestCertificate.files.certificate)
        for attempt in [{ try await client.check() }, { try await client.send(.sample()) }] {
            let failure = await smtpFailure(attempt)
            #expect(failure?.stage == .login)
            #expect(failure?.code == 535)
            #expect(failure?.isPermanent == true)
            #expect(failure?.server == "127.0.0.1:\(server.port)")
            #expect(failure.map { "\($0)".contains("hunter2") } == false)
        }
        #expect(server.mails.isEmpty)
        #expect(server.logins.contains(true) == false)
    }

    @Test func aCertificateThatNobodyVouchesFor() async throws {
        let server = try await TestMailServer { $0.security = "starttls" }
        let client = try server.client(security: .startTLS)
        let failure = await smtpFailure { try await client.send(.sample()) }
        #expect(failure?.stage == .encryption)
        #expect(failure?.isPermanent == true)
        #expect(server.mails.isEmpty)
        let trusting = try server.client(security: .startTLS, verifiesCertificate: false)
        try await trusting.send(.sample())
        #expect(try await server.mail().isEncrypted)
    }

    @Test func aServerThatOffersNoEncryption() async throws {
        let server = try await TestMailServer()
        let client = try server.client(security: .startTLS)
        let failure = await smtpFailure { try await client.send(.sample()) }
        #expect(failure?.stage == .encryption)
        #expect(failure?.isPermanent == true)
        #expect(server.mails.isEmpty)
    }

    @Test func aPasswordIsNotPrinted() throws {
        let login = SMTPLogin(user: "ann", password: "hunter2")
        let server = try SMTPServer(host: "h", login: login)
        var dumped = ""
        dump(server, to: &dumped)
        #expect(!"\(login) \(String(reflecting: login)) \(server) \(dumped)".contains("hunter2"))
        #expect(dumped.contains("ann"))
    }

    @Test(
        arguments: [
            ("", nil), ("a b", nil), ("a/b", nil), ("a@b", nil), ("a\r\nb", nil), ("::g", nil), ("[::1]", nil),
            ("h", 0),
        ] as [(String, UInt16?)])
    func serversThatCannotBe(host: String, port: UInt16?) {
        #expect(throws: InvalidSMTPServer.self) { try SMTPServer(host: host, port: port) }
    }

    @Test func anAddressOfAServer() throws {
        #expect(try SMTPServer(host: "::1", security: .tls).address == "[::1]:465")
        #expect(try SMTPServer(host: "mail.example").address == "mail.example:587")
    }
}
