import Mail
import MailTesting
import Synchronization

extension MailMessage {
    static func sample(subject: String = "s", to: String = "c@d.example") throws -> MailMessage {
        MailMessage(from: try MailAddress("a@b.example"), to: [try MailAddress(to)], subject: subject, text: "t")
    }
}

extension TestMailServer {
    func client(
        security: SMTPServer.Security = .none, login: SMTPLogin? = nil, authorityFile: String? = nil,
        verifiesCertificate: Bool = true, connectTimeout: Duration = .seconds(60), timeout: Duration = .seconds(60)
    ) throws -> SMTPClient {
        SMTPClient(
            try SMTPServer(
                host: "127.0.0.1", port: port, security: security, login: login, authorityFile: authorityFile,
                verifiesCertificate: verifiesCertificate, clientName: "client.example", connectTimeout: connectTimeout,
                timeout: timeout))
    }
}

/// The failure that a body throws; nil when it throws none, or another error.
func smtpFailure(_ body: () async throws -> Void) async -> SMTPFailure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? SMTPFailure
    }
}

/// Counts across tasks.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}
