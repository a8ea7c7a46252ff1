import Daybook
import DaybookHandlers
import Mail
import MailTesting
import Testing

/// What becomes of a delivery when the server does not take its mail.
@Suite(.enabled("pip cannot fetch aiosmtpd") { await PythonMail.isUsable }, .timeLimit(.minutes(2)))
struct EmailFailureTests {
    @Test(arguments: [
        ("recipient", "550 5.1.1 no such user", "permanent"), ("recipient", "451 4.7.1 later", "unavailable"),
        ("sender", "553 5.7.1 not you", "permanent"), ("sender", "450 4.3.2 not now", "unavailable"),
        ("content", "554 5.7.1 spam", "permanent"), ("content", "451 4.3.0 not this one", "retriable"),
        ("content", "421 4.3.2 going down", "unavailable"), ("sender", "530 5.7.0 login first", "unavailable"),
    ])
    func refusals(place: String, reply: String, kind: String) async throws {
        let server = try await TestMailServer {
            switch place {
            case "recipient": $0.recipientReplies = ["c@d.example": reply]
            case "sender": $0.senderReply = reply
            default: $0.contentReply = reply
            }
        }
        let handler = try await server.handler()
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == kind)
        #expect(failure?.description.hasPrefix("handlers.mail: mail server 127.0.0.1:\(server.port) refused") == true)
        #expect(failure?.description.hasSuffix(reply) == true)
    }

    @Test(arguments: ["sender", "content"]) func aServerThatHangs(at place: String) async throws {
        let server = try await TestMailServer { $0.hangsAt = place }
        let handler = try await server.handler { $0.timeout = .milliseconds(1500) }
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == "unavailable")
        #expect(failure?.description.contains("no answer in time") == true)
    }

    @Test func aServerThatIsNotThere() async throws {
        // Found by its name only, and never.
        let handler = try EmailSettings(
            name: "mail", server: "no-such-host.invalid", connectTimeout: .seconds(5), from: "a@b.example",
            to: ["c@d.example"]
        ).makeHandler()
        // It may be there later, so this is no reason not to start.
        try await handler.prepare()
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == "unavailable")
        #expect(failure?.description.contains("no-such-host.invalid:587") == true)
    }

    @Test func aWrongPasswordIsFoundAtTheStart() async throws {
        let directory = try ScratchDirectory()
        let password = try directory.write("password", "hunter2")
        let server = try await TestMailServer {
            $0.security = "starttls"
            $0.user = "daybook"
            $0.password = "right"
        }
        let certificate = try await TestCertificate.files.certificate
        let error = await #expect(throws: InvalidSetting.self) {
            _ = try await server.handler {
                $0.security = .startTLS
                $0.user = "daybook"
                $0.password = .file(password)
                $0.authorityFile = certificate
            }
        }
        #expect(error?.setting == "handlers.mail.password")
        #expect(error?.reason.contains("535") == true)
        #expect(error.map { "\($0)".contains("hunter2") } == false)
    }

    @Test func aConnectionThatCannotBeProtectedIsFoundAtTheStart() async throws {
        let plain = try await TestMailServer()
        let distrusted = try await TestMailServer { $0.security = "starttls" }
        for server in [plain, distrusted] {
            let error = await #expect(throws: InvalidSetting.self) {
                _ = try await server.handler { $0.security = .startTLS }
            }
            #expect(error?.setting == "handlers.mail.security")
        }
    }

    @Test func itMustBeMadeReady() async throws {
        let handler = try EmailSettings(server: "h", from: "a@b.example", to: ["c@d.example"]).makeHandler()
        #expect(await failure { try await handler.handle([.created(.sample())]) }?.kind == "unavailable")
    }
}
