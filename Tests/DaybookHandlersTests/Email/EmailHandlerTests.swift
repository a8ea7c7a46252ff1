import Daybook
import DaybookHandlers
import LosslessJSON
import Mail
import MailTesting
import Testing

/// Events as mails in a real server, read back by Python.
@Suite(.enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable }, .timeLimit(.minutes(2)))
struct EmailHandlerTests {
    @Test func anEventOverStartTLSWithLogin() async throws {
        let directory = try ScratchDirectory()
        let password = try directory.write("password", "pass wörd\n")
        let server = try await TestMailServer {
            $0.security = "starttls"
            $0.user = "daybook"
            $0.password = "pass wörd"
        }
        let certificate = try await TestCertificate.files.certificate
        let handler = try await server.handler {
            $0.security = .startTLS
            $0.user = "daybook"
            $0.password = .file(password)
            $0.authorityFile = certificate
            $0.to = ["Žofie <z@b.example>", "bob@c.example"]
        }
        var event = Event.sample(
            "entity.folder.created", sender: "tool <1>", payload: #"{"name":"Größe <b>&</b>","n":1.50}"#)
        event.severity = .warning
        event.description = "Folder 東京 <script>alert('x')</script> & \"more\""
        try await handler.handle([.created(event)])

        let mail = try await server.mail()
        #expect(mail.isEncrypted)
        #expect(Set(server.logins) == [true])
        #expect(server.connections == 1)
        #expect(mail.defects == [])
        #expect(mail.subject == "Warning: " + event.description)
        #expect(mail.from == [["Daybook", "daybook@b.example"]])
        #expect(mail.to == [["Žofie", "z@b.example"], ["", "bob@c.example"]])
        #expect(mail.recipients == ["z@b.example", "bob@c.example"])
        #expect(mail.header("auto-submitted") == ["auto-generated"])
        #expect(mail.header("date").count == 1)
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
        let text = try #require(mail.text("text/plain"))
        let html = try #require(mail.text("text/html"))
        // In the text all is as it is; in HTML nothing of the event is markup.
        #expect(text.hasPrefix("Warning: \(event.description)\n"))
        #expect(text.contains("name  Größe <b>&</b>\nn     1.50\n"))
        for line in [
            "Topic    entity.folder.created", "Sender   tool <1>", "Status   finished", "Event    \(event.id)",
        ] {
            #expect(text.contains(line + "\n"))
        }
        #expect(html.contains("Folder 東京 &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;"))
        #expect(html.contains("<td>Größe &lt;b&gt;&amp;&lt;/b&gt;</td>"))
        #expect(html.contains("<div class=\"event warning\">"))
        #expect(!html.contains("<script>"))
        await handler.close()
    }

    @Test func aQuotationMarkWithACombiningMarkIsEscaped() async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler { $0.htmlTemplate = "<a title=\"{{description}}\">x</a>" }
        var event = Event.sample()
        event.description = "\"\u{301} onmouseover='evil()' \"\u{FE0F}<\u{301}b"
        try await handler.handle([.created(event)])
        let html = try #require(try await server.mail().text("text/html"))
        #expect(html == "<a title=\"&quot;\u{301} onmouseover=&#39;evil()&#39; &quot;\u{FE0F}&lt;\u{301}b\">x</a>")
    }

    @Test func templatesOfOnesOwn() async throws {
        let directory = try ScratchDirectory()
        let file = try directory.write(
            "text",
            """
            {{#events}}
            {{id}}|{{topic}}|{{sender}}|{{project}}|{{user}}|{{status}}|{{progress}}|{{severity}}|{{description}}
            {{createdAt}}|{{change}}|{{registration}}
            {{summaryFields.count}}|{{payload.name}}|{{payload.deep.list}}|{{#payload.on}}yes{{/payload.on}}|{{metadata.key}}
            {{#payload.items}}<{{.}}>{{/payload.items}}
            {{#rows}}{{title}}={{value}};{{/rows}}
            {{nothing}}|{{hash}}|{{payload.null}}
            {{/events}}
            """)
        let server = try await TestMailServer()
        let handler = try await server.handler {
            $0.subjectTemplate = "{{project}}: {{payload.name}}"
            $0.textTemplate = .file(file)
        }
        var event = Event.sample(
            payload: #"{"name":"<n>","items":[1.0,2e3],"on":true,"deep":{"list":"l"},"null":null}"#, milliseconds: 1)
        event.project = "p&q"
        event.user = "u"
        event.status = .inProgress
        event.progress = 12.5
        event.severity = .error
        event.description = "d"
        event.summary = try JSONText(#"{"count":7}"#)
        event.metadata = try JSONText(#"{"key":"m"}"#)
        try await handler.handle([.created(event)])
        let mail = try await server.mail()
        #expect(mail.subject == "p&q: <n>")
        // A text template alone makes a text mail: the handler's own HTML would say something else.
        #expect(mail.type == "text/plain")
        #expect(
            mail.text("text/plain") == """
                \(event.id)|session.ended|sshd|p&q|u|in_progress|12.5|error|d
                1970-01-01T00:00:00.001000+00:00|created|test
                7|<n>|l|yes|m
                <1.0><2e3>
                name=<n>;items=[1.0,2e3];on=true;deep={"list":"l"};null=;
                ||

                """)
    }

    @Test func aDatasetShowsItsFields() async throws {
        let server = try await TestMailServer()
        let handler = try EmailHandler(server.settings()) { topic in
            topic == "session.ended"
                ? [DatasetField("b", description: "Bytes < out"), DatasetField("a", description: "User")] : nil
        }
        try await handler.prepare()
        var event = Event.sample(payload: #"{"a":"ann","b":5}"#)
        event.kind = .dataset
        try await handler.handle([.created(event)])
        let mail = try await server.mail()
        #expect(mail.text("text/plain")?.contains("Bytes < out  5\nUser         ann\n") == true)
        #expect(
            mail.text("text/html")?.contains(
                """
                <tr><th scope="row">Bytes &lt; out</th><td>5</td></tr>
                <tr><th scope="row">User</th><td>ann</td></tr>
                """) == true)
    }

    @Test(arguments: ["\r\n", "\n", "\r", "\u{2028}", "\u{85}", "\u{0}", "\r\n\r\n", "\u{C}"])
    func nothingInAnEventReachesOtherHeaders(end: String) async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler { $0.subjectTemplate = "{{description}} {{{payload.x}}} {{sender}}" }
        let attack = "a\(end)Bcc: victim@evil.example\(end)X-Evil: 1\(end)\(end)body"
        var json = JSONWriter()
        json.beginObject()
        json.key("x")
        json.string(attack.replacing("\u{0}", with: "\n"))
        json.endObject()
        var event = Event.sample(sender: attack, payload: String(decoding: json.bytes, as: UTF8.self))
        event.description = attack
        try await handler.handle([.created(event)])
        let mail = try await server.mail()
        #expect(mail.defects == [])
        #expect(mail.recipients == ["c@d.example"])
        #expect(
            Set(mail.headers.map { $0[0] }) == [
                "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
            ])
        #expect(mail.subject.contains("Bcc: victim@evil.example"))
        // The body may say what it likes.
        let head = mail.raw.split(separator: "\r\n\r\n", maxSplits: 1)[0]
        #expect(head.split(separator: "\r\n").allSatisfy { !$0.hasPrefix("Bcc") && !$0.hasPrefix("X-Evil") })
    }

    @Test func aRepeatedDeliveryIsTheSameMail() async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler { $0.digest = EmailDigest() }
        let events = [Event.sample(), .sample()]
        let changed = Delivery(
            HistoryEntry(
                position: Position(StreamPartition("s", 0), 1), time: .now,
                record: EventRecord(operation: .changed, recordID: "\(events[0].id).1", event: events[0])),
            registration: "test")
        try await handler.handle([.created(events[0])])
        try await handler.handle([.created(events[0], offset: 5)])
        try await handler.handle([.created(events[0], registration: "other")])
        try await handler.handle([.created(events[1])])
        try await handler.handle([changed])
        try await handler.handle(events.map { .created($0) })
        try await handler.handle(events.map { .created($0) })
        let ids = try await server.mails(7).map(\.messageID)
        #expect(ids[0] == ids[1])
        #expect(ids[5] == ids[6])
        #expect(Set(ids).count == 5)
        #expect(ids[0].hasPrefix("<\(events[0].id).") && ids[0].hasSuffix("@b.example>"))
    }

    @Test func aDigestIsOneMail() async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler { $0.digest = EmailDigest(count: 3) }
        var events = (1...3).map { Event.sample(payload: "{\"number\":\($0)}") }
        events[1].severity = .warning
        for at in events.indices { events[at].description = "<\(at)>" }
        try await handler.handle(events.map { .created($0) })
        let mail = try await server.mail()
        #expect(mail.subject == "Warnings: 3 events")
        let text = try #require(mail.text("text/plain"))
        let html = try #require(mail.text("text/html"))
        let places = events.map { text.firstRange(of: "\($0.id)")?.lowerBound }
        #expect(places.allSatisfy { $0 != nil })
        #expect(places.compactMap(\.self).sorted() == places.compactMap(\.self))
        #expect(text.contains("Warning: <1>") && text.contains("number  3"))
        #expect(events.allSatisfy { html.contains("\($0.id)") } && html.contains("&lt;2&gt;"))
        #expect(server.mails.count == 1)
    }

    @Test func aSubjectThatSaysNothingIsReplaced() async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler {
            $0.digest = EmailDigest()
            $0.subjectTemplate = " {{summary}} "
        }
        try await handler.handle([.created(.sample()), .created(.sample())])
        var event = Event.sample()
        event.description = String(repeating: "long ", count: 400)
        try await handler.handle([.created(event)])
        let mails = try await server.mails(2)
        #expect(mails[0].subject == "2 events")
        #expect(mails[1].subject.count == 250 && mails[1].subject.hasSuffix("…"))
    }

    @Test func manyEventsGoOverOneConnection() async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler()
        for _ in 0..<20 { try await handler.handle([.created(.sample())]) }
        #expect(try await server.mails(20).count == 20)
        #expect(server.connections == 1)
        await handler.close()
    }

    @Test func aHandlerThatIsOffSendsNothing() async throws {
        let server = try await TestMailServer()
        let handler = try await server.handler { $0.enabled = false }
        try await handler.handle([.created(.sample())])
        #expect(server.connections == 0)
    }
}
