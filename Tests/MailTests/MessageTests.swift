import Foundation
import Mail
import Testing

/// What is sent, byte for byte; expected values by RFC 5322, 2045 and 2047.
@Suite struct MessageTests {
    private func message(subject: String = "s", text: String = "t") throws -> MailMessage {
        MailMessage(
            from: try MailAddress("a@b.example"), to: [try MailAddress("c@d.example")], subject: subject, text: text,
            date: Date(timeIntervalSince1970: 784_111_777))
    }

    @Test func aPlainMail() throws {
        var message = try message(subject: "Hello", text: "One\nTwo")
        message.messageID = MessageID(left: "1.2", right: "b.example")
        message.headers = [try MailHeader("Auto-Submitted", "auto-generated")]
        let expected = """
            Date: Sun, 06 Nov 1994 08:49:37 +0000
            From: a@b.example
            To: c@d.example
            Subject: Hello
            Message-ID: <1.2@b.example>
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            One
            Two

            """
        #expect(Sent(message).text == expected.replacing("\n", with: "\r\n"))
    }

    @Test func alternativesFromPlainToRich() throws {
        var message = try message(text: "T")
        message.html = "<p>H</p>"
        let sent = Sent(message)
        #expect(sent.header("Content-Type") == ["multipart/alternative; boundary=\"=_alternatives\""])
        let expected = """
            --=_alternatives
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            T
            --=_alternatives
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <p>H</p>
            --=_alternatives--

            """
        #expect(sent.body == expected.replacing("\n", with: "\r\n"))
    }

    @Test(arguments: [
        (0.0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_827_696, "Tue, 29 Feb 2000 12:34:56 +0000"),
        (1_000_000_000.9, "Sun, 09 Sep 2001 01:46:40 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"), (1e300, "Fri, 31 Dec 9999 23:59:59 +0000"),
        (-1e300, "Mon, 01 Jan 1900 00:00:00 +0000"),
    ])
    func dates(seconds: Double, text: String) throws {
        var message = try message()
        message.date = Date(timeIntervalSince1970: seconds)
        #expect(Sent(message).header("Date") == [text])
    }

    @Test func blindCopiesAreNotNamed() throws {
        var message = try message()
        message.cc = [try MailAddress("E F <e@f.example>"), try MailAddress("c@d.example")]
        message.bcc = [try MailAddress("secret@g.example")]
        #expect(message.recipients.map(\.mailbox) == ["c@d.example", "e@f.example", "secret@g.example"])
        #expect(Sent(message).header("Cc") == ["E F <e@f.example>, c@d.example"])
        #expect(!Sent(message).text.contains("secret"))
        message.to = []
        message.cc = []
        #expect(Sent(message).header("To") == ["undisclosed-recipients:;"])
    }

    @Test(arguments: [
        // RFC 2047: a word has at most 75 characters, and none is cut within a character.
        ("Grüße", "=?utf-8?B?R3LDvMOfZQ==?="),
        ("=?utf-8?Q?x?=", "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?="),
        ("two  blanks", "two  blanks"),
        (" ends ", " ends"),
        ("", ""),
        ("   ", ""),
    ])
    func subjects(subject: String, expected: String) throws {
        #expect(
            Sent(try message(subject: subject)).raw("Subject") == [
                "Subject:" + (expected.isEmpty ? "" : " " + expected)
            ])
    }

    @Test(arguments: [
        String(repeating: "word ", count: 400), String(repeating: "x", count: 5000),
        String(repeating: "ä😀", count: 1000), String(repeating: "  y", count: 900), String(repeating: "😀 ", count: 300),
    ])
    func longSubjectsAreFolded(subject: String) throws {
        let sent = Sent(try message(subject: subject))
        #expect(sent.lines.allSatisfy { $0.utf8.count <= 998 })
        #expect(sent.lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x7F } })
        // A line of blanks only would be no part of the header for some readers.
        let head = sent.lines.prefix { !$0.isEmpty }
        #expect(head.allSatisfy { $0.contains { $0 != " " } })
        #expect(head.allSatisfy { $0.hasPrefix(" ") || $0.contains(":") })
    }

    @Test(arguments: [
        "\r\n", "\n", "\r", "\r\n ", "\n\n", "\u{B}", "\u{C}", "\u{0}", "\u{85}", "\u{2028}", "\u{2029}",
        "\r\u{301}\n\u{301}",
        "\u{1B}[31m", "\u{7F}",
    ])
    func noValueEndsItsLine(end: String) throws {
        let attack = "x\(end)Bcc: victim@evil.example\(end)\(end)<script>"
        var message = try message(subject: attack)
        message.headers = [try MailHeader("X-Note", attack)]
        let sent = Sent(message)
        #expect(sent.header("Bcc") == [])
        #expect(
            sent.names == [
                "Date", "From", "To", "Subject", "X-Note", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding",
            ])
        #expect(sent.body == "t\r\n")
        #expect(sent.text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A })
    }

    @Test(arguments: [
        "", "a b", "a:b", "a\r\nb", "ä", "Subject", "bcc", "MESSAGE-ID", String(repeating: "a", count: 65),
    ])
    func headersThatAreNone(name: String) {
        #expect(throws: InvalidMailHeader.self) { try MailHeader(name, "v") }
    }

    @Test(arguments: [
        ("a", "b", true), ("a.b", "c.d", true), ("", "b", false), ("a", "", false), ("a..b", "c", false),
        ("a>b", "c", false), ("a\r\nb", "c", false), ("a b", "c", false), ("a", "b@c", false), ("ä", "b", false),
    ])
    func messageIDs(left: String, right: String, isOne: Bool) {
        #expect((MessageID(left: left, right: right) != nil) == isOne)
    }

    @Test(arguments: [
        ("a=b", "a=3Db\r\n"), ("é", "=C3=A9\r\n"), ("a \nb\t\nc", "a=20\r\nb=09\r\nc\r\n"),
        ("a\rb\r\nc\n\nd", "a\r\nb\r\nc\r\n\r\nd\r\n"), (".\n..\nx.", "=2E\r\n=2E.\r\nx.\r\n"),
        ("From me", "=46rom me\r\n"), ("\u{0}\u{7F}", "=00=7F\r\n"), ("", ""), ("a\n", "a\r\n"),
        (String(repeating: "x", count: 75), String(repeating: "x", count: 75) + "\r\n"),
        (String(repeating: "x", count: 77), String(repeating: "x", count: 75) + "=\r\nxx\r\n"),
        (String(repeating: "x", count: 74) + " ", String(repeating: "x", count: 74) + "=\r\n=20\r\n"),
        (String(repeating: "x", count: 74) + "é", String(repeating: "x", count: 74) + "=\r\n=C3=A9\r\n"),
    ])
    func bodies(text: String, expected: String) throws {
        #expect(Sent(try message(text: text)).body == expected)
    }
}
