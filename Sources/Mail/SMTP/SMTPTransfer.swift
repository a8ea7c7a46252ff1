/// One conversation with a server: what is to be said, and what was heard.
///
/// libcurl's callbacks see it while it is performed, all on one thread.
final class SMTPTransfer {
    struct Envelope: Sendable {
        var sender: String
        var recipients: [String]
        var content: [UInt8]
    }

    let content: [UInt8]
    let isAbandoned: () -> Bool
    private(set) var sentBytes = 0
    private(set) var stage = SMTPFailure.Stage.connection
    /// The last complete answer.
    private(set) var code: Int?
    private(set) var reply = ""
    private var isWithinReply = false
    /// Set with the farewell, which says nothing about the mail.
    private var isOver = false

    /// Of an answer, for errors: servers may say much.
    private static let keptBytes = 500

    init(content: [UInt8], isAbandoned: @escaping () -> Bool) {
        self.content = content
        self.isAbandoned = isAbandoned
    }

    /// Gives the next part of the mail.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, content.count - sentBytes)
        buffer.copyBytes(from: content[sentBytes..<sentBytes + count])
        sentBytes += count
        return count
    }

    /// Notes what is being asked. Anything that is no command of ours is a step of a login, and is not looked at.
    func noteCommand(_ bytes: UnsafeRawBufferPointer) {
        let verb = String(decoding: bytes.prefix { $0 != 0x20 && $0 != 0x0D }, as: UTF8.self)
        switch verb {
        case "QUIT":
            isOver = true
            return
        case "EHLO", "HELO", "STARTTLS", "NOOP": stage = .connection
        case "MAIL": stage = .sender
        case "RCPT":
            let mailbox = bytes.drop { $0 != UInt8(ascii: "<") }.dropFirst().prefix { $0 != UInt8(ascii: ">") }
            stage = .recipient(String(decoding: mailbox, as: UTF8.self))
        case "DATA": stage = .content
        default: stage = .login
        }
        // An answer to what was asked before is none to this.
        code = nil
        reply = ""
    }

    /// Notes a line of an answer: `250-more` or `250 last`.
    func noteReply(_ bytes: UnsafeRawBufferPointer) {
        let digits = bytes.prefix(3)
        guard !isOver, digits.count == 3, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            return
        }
        if !isWithinReply { reply = "" }
        isWithinReply = bytes.count > 3 && bytes[3] == UInt8(ascii: "-")
        let text = String(decoding: bytes.dropFirst(4).prefix(Self.keptBytes), as: UTF8.self).withoutControls
        if reply.utf8.count + text.utf8.count <= Self.keptBytes { reply += (reply.isEmpty ? "" : " ") + text }
        while reply.last == " " { reply.removeLast() }
        code = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
