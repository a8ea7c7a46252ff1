import Daybook
import LosslessJSON
import Testing

struct EventTextTests {
    private func event(
        description: String = "", summary: String = "{}", payload: String? = nil, kind: EventKind = .standard
    ) throws -> Event {
        Event(
            topic: "ssh.login", description: description, summary: try JSONText(summary),
            payload: payload.map { Payload(bytes: Array($0.utf8)) }, kind: kind)
    }

    // MARK: - Summary

    @Test func `the summary is the description, if there is one`() throws {
        #expect(
            EventText.summaryText(try event(description: "Ann came in", summary: #"{"user":"ann"}"#)) == "Ann came in")
    }

    @Test func `without a description it lists the summary's members in order`() throws {
        let text = EventText.summaryText(try event(summary: #"{"user":"ann","port":22.50,"key":null,"ok":true}"#))
        #expect(text == "ssh.login: user=ann, port=22.50, key=, ok=true")
    }

    @Test func `of a dataset it lists the payload`() throws {
        let payload = #"{"timestamp":"2026-11-21T03:00:44Z","user":"ann","ports":[22, 23]}"#
        let listed = "ssh.login: timestamp=2026-11-21T03:00:44Z, user=ann, ports=[22,23]"
        #expect(EventText.summaryText(try event(payload: payload, kind: .dataset)) == listed)
        #expect(EventText.summaryText(try event(payload: payload)) == "ssh.login", "the payload of others is free")
        let unread = try event(summary: #"{"a":1}"#, payload: "no JSON", kind: .dataset)
        #expect(EventText.summaryText(unread) == "ssh.login: a=1")
    }

    @Test func `it is one line, whatever the event holds`() throws {
        let nasty = "a\r\nBcc: b\u{2028}c\u{7F}d\te\n\u{301}f"
        #expect(EventText.summaryText(try event(description: nasty)) == "a  Bcc: b c d e \u{301}f")
        #expect(EventText.summaryText(try event(summary: #"{"a\nb":"c\r\nd"}"#)) == "ssh.login: a b=c  d")
    }

    @Test func `HTML is escaped`() throws {
        let nasty = #"<b onclick="x('1')">&amp;</b>"#
        #expect(
            EventText.summaryHTML(try event(description: nasty))
                == "&lt;b onclick=&quot;x(&#39;1&#39;)&quot;&gt;&amp;amp;&lt;/b&gt;")
        #expect(EventText.escapeHTML("é😀") == "é😀")
    }

    // MARK: - Tables

    private let fields = [
        DatasetField("user", description: "User"), DatasetField("address", description: "From <address>"),
        DatasetField("n"),
    ]

    @Test func `a table shows the fields by their descriptions, in order, and what else there is`() throws {
        let dataset = try event(
            payload: #"{"n":1.10,"x":{"a": [1]},"user":"ann","timestamp":"2026-11-21T03:00:44Z","address":null}"#,
            kind: .dataset)
        let table = """
            timestamp       2026-11-21T03:00:44Z
            User            ann
            From <address>
            n               1.10
            x               {"a":[1]}

            """
        #expect(EventText.tableText(dataset, fields: fields) == table)
    }

    @Test func `a table without fields shows the payload, or else the summary`() throws {
        #expect(
            EventText.tableText(try event(payload: #"{"b":1,"long name":""}"#), fields: nil)
                == "b          1\nlong name\n")
        #expect(EventText.tableText(try event(summary: #"{"b":1}"#, payload: "[1]"), fields: nil) == "b  1\n")
        #expect(EventText.tableText(try event(), fields: nil) == "")
        #expect(EventText.tableHTML(try event(), fields: nil) == "")
    }

    @Test func `a payload without timestamp has the event's time in the table`() throws {
        var dataset = try event(payload: #"{"user":"ann"}"#, kind: .dataset)
        dataset.createdAt = Timestamp("2026-11-21T03:00:44.25Z")
        let rows = EventText.rows(dataset, fields: [DatasetField("user")])
        #expect(rows.map(\.name) == ["timestamp", "user"])
        #expect(rows.map(\.value) == ["2026-11-21T03:00:44.250000+00:00", "ann"])
    }

    @Test func `lines of a value stay below each other`() throws {
        let table = EventText.tableText(try event(payload: #"{"a":"one\r\n\ntwo","bcd":"x"}"#), fields: nil)
        #expect(table == "a    one\n\n     two\nbcd  x\n")
    }

    @Test func `an HTML table has everything escaped`() throws {
        let dataset = try event(payload: #"{"user":"<i>&\n\"","address":"'"}"#, kind: .dataset)
        let table = """
            <table>
            <tr><th scope="row">timestamp</th><td></td></tr>
            <tr><th scope="row">User</th><td>&lt;i&gt;&amp;<br>&quot;</td></tr>
            <tr><th scope="row">From &lt;address&gt;</th><td>&#39;</td></tr>
            <tr><th scope="row">n</th><td></td></tr>
            </table>

            """
        #expect(EventText.tableHTML(dataset, fields: fields) == table)
    }

    @Test func `values are told as they were written`() throws {
        let values: [(String, String)] = [
            (#""a\"é""#, "a\"é"), ("1.50", "1.50"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1E400", "1E400"), ("true", "true"), ("null", ""), (#"{ "a" : [ 1, null ] }"#, #"{"a":[1,null]}"#),
        ]
        for (json, text) in values { #expect(EventText.value(try JSONText(json)) == text) }
        #expect(EventText.value(Timestamp(microseconds: 0)) == "1970-01-01T00:00:00.000000+00:00")
    }
}
