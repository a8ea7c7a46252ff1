public import FoundationEssentials

/// A mail: text, and the same as HTML when there is any.
public struct MailMessage: Hashable, Sendable {
    public var from: MailAddress
    public var to: [MailAddress]
    public var cc: [MailAddress]
    /// They get the mail, which does not name them.
    public var bcc: [MailAddress]
    /// Any text; what a line cannot hold becomes a blank.
    public var subject: String
    /// Any line ends; they are sent as CR LF.
    public var text: String
    public var html: String?
    public var date: Date
    public var messageID: MessageID?
    public var headers: [MailHeader]

    public init(
        from: MailAddress, to: [MailAddress], cc: [MailAddress] = [], bcc: [MailAddress] = [], subject: String,
        text: String, html: String? = nil, date: Date = Date(), messageID: MessageID? = nil, headers: [MailHeader] = []
    ) {
        self.from = from
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.subject = subject
        self.text = text
        self.html = html
        self.date = date
        self.messageID = messageID
        self.headers = headers
    }

    /// Everybody who gets it, each mailbox once.
    public var recipients: [MailAddress] {
        var seen: Set<String> = []
        return (to + cc + bcc).filter { seen.insert($0.mailbox).inserted }
    }

    /// The mail as it is sent: RFC 5322 and MIME, ASCII only, lines of at most 998 bytes that end with CR LF.
    public func rendered() -> [UInt8] {
        var head = HeaderWriter()
        head.write("Date", structured: MailDate.text(date))
        head.write("From", addresses: [from])
        if !to.isEmpty { head.write("To", addresses: to) }
        if !cc.isEmpty { head.write("Cc", addresses: cc) }
        // A mail must name a receiver, or say that it names none (RFC 5322, 3.4 and A.1.3).
        if to.isEmpty, cc.isEmpty { head.write("To", structured: "undisclosed-recipients:;") }
        head.write("Subject", text: subject)
        if let messageID { head.write("Message-ID", structured: messageID.description) }
        for header in headers { head.write(header.name, text: header.value) }
        head.write("MIME-Version", structured: "1.0")
        guard let html else { return head.bytes + Self.part(text, subtype: "plain") }
        head.write("Content-Type", structured: "multipart/alternative; boundary=\"\(Self.boundary)\"")
        var bytes = head.bytes + "\r\n".utf8
        for (content, subtype) in [(text, "plain"), (html, "html")] {
            bytes += "--\(Self.boundary)\r\n".utf8
            bytes += Self.part(content, subtype: subtype)
        }
        return bytes + "--\(Self.boundary)--\r\n".utf8
    }

    /// Quoted-printable never has `=_`: so this stands in no part, whatever they say.
    private static let boundary = "=_alternatives"

    private static func part(_ content: String, subtype: String) -> [UInt8] {
        var head = HeaderWriter()
        head.write("Content-Type", structured: "text/\(subtype); charset=utf-8")
        head.write("Content-Transfer-Encoding", structured: "quoted-printable")
        return head.bytes + "\r\n".utf8 + QuotedPrintable.encode(content)
    }
}
