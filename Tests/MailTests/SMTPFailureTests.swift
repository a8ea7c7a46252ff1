import Mail
import MailTesting
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What is told when a mail is not accepted.
@Suite(.enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable }, .timeLimit(.minutes(2)))
struct SMTPFailureTests {
    @Test(arguments: [("550 5.1.1 no such user", 550, true), ("451 4.7.1 come back later", 451, false)])
    func aRecipientIsRefused(reply: String, code: Int, isPermanent: Bool) async throws {
        let server = try await TestMailServer { $0.recipientReplies = ["no@c.example": reply] }
        let client = try server.client()
        var mail = try MailMessage.sample()
        mail.to.append(try MailAddress("no@c.example"))
        let failure = await smtpFailure { try await client.send(mail) }
        #expect(failure?.stage == .recipient("no@c.example"))
        #expect(failure?.code == code)
        #expect(failure?.isPermanent == isPermanent)
        #expect(
            failure?.description
                == "mail server 127.0.0.1:\(server.port) refused the recipient <no@c.example>: \(reply)")
        #expect(server.mails.isEmpty)
    }

    @Test(arguments: [("550 5.7.1 spam", 550, true), ("451 4.3.0 disk full", 451, false)])
    func theMailIsRefused(reply: String, code: Int, isPermanent: Bool) async throws {
        let server = try await TestMailServer { $0.contentReply = reply }
        let client = try server.client()
        let failure = await smtpFailure { try await client.send(.sample()) }
        #expect(failure?.stage == .content)
        #expect(failure?.code == code)
        #expect(failure?.isPermanent == isPermanent)
        #expect(failure?.message == String(reply.dropFirst(4)))
    }

    @Test(arguments: [("553 5.7.1 not you", 553, true), ("450 4.3.2 not now", 450, false)])
    func theSenderIsRefused(reply: String, code: Int, isPermanent: Bool) async throws {
        let server = try await TestMailServer { $0.senderReply = reply }
        let client = try server.client()
        let failure = await smtpFailure { try await client.send(.sample()) }
        #expect(failure?.stage == .sender)
        #expect(failure?.code == code)
        #expect(failure?.isPermanent == isPermanent)
    }

    @Test(arguments: [("554 5.3.2 no service here", 554, true), ("421 4.3.2 too busy", 421, false)])
    func theConnectionIsRefused(greeting: String, code: Int, isPermanent: Bool) async throws {
        let server = try await TestMailServer { $0.greeting = greeting }
        let client = try server.client()
        for attempt in [{ try await client.check() }, { try await client.send(.sample()) }] {
            let failure = await smtpFailure(attempt)
            #expect(failure?.stage == .connection)
            #expect(failure?.code == code)
            #expect(failure?.isPermanent == isPermanent)
        }
    }

    @Test(arguments: [
        ("greeting", SMTPFailure.Stage.connection), ("sender", .sender), ("recipient", .recipient("c@d.example")),
        ("content", .content),
    ])
    func aServerThatHangs(at place: String, stage: SMTPFailure.Stage) async throws {
        let server = try await TestMailServer { $0.hangsAt = place }
        let client = try server.client(connectTimeout: .milliseconds(1500), timeout: .milliseconds(1500))
        let begin = ContinuousClock.now
        let failure = await smtpFailure { try await client.send(.sample()) }
        #expect(ContinuousClock.now - begin < .seconds(30))
        #expect(failure?.stage == stage)
        #expect(failure?.code == nil)
        #expect(failure?.isPermanent == false)
        #expect(failure?.message.contains("no answer in time") == true)
    }

    @Test func nobodyListens() async throws {
        // A port that is taken and not listened at: nobody else can get it meanwhile.
        let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(taken) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            guard let raw = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return bind(taken, raw, length) == 0 && getsockname(taken, raw, &length) == 0
        }
        try #require(isBound)
        let port = UInt16(bigEndian: address.sin_port)
        let client = SMTPClient(try SMTPServer(host: "127.0.0.1", port: port, security: .none))
        let failure = await smtpFailure { try await client.send(.sample()) }
        #expect(failure?.stage == .connection)
        #expect(failure?.code == nil)
        #expect(failure?.isPermanent == false)
        #expect(failure?.description.contains("127.0.0.1:\(port)") == true)
        #expect(failure?.message.contains("(Connection refused)") == true)
    }

    @Test func aMailToNobody() async throws {
        let client = SMTPClient(try SMTPServer(host: "127.0.0.1", port: 1, security: .none))
        var mail = try MailMessage.sample()
        mail.to = []
        let failure = await smtpFailure { try await client.send(mail) }
        #expect(failure?.isPermanent == true)
    }
}
