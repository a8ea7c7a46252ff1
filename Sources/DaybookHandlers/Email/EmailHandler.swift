public import Daybook
import Mail
import Synchronization

/// Sends a mail for each event, or one for several when the settings ask for a digest.
///
/// A delivery is settled when the server has accepted the mail for all recipients. Because it may be delivered again, a
/// mail's Message-ID is always the same for the same records and registration: two mails with one id are one mail.
///
/// What a refusal means:
///
/// | | |
/// | --- | --- |
/// | 5… for the sender, a recipient or the mail | ``HandlerFailure/permanent(_:)`` |
/// | 4… for the mail itself | ``HandlerFailure/retriable(_:after:)``: it may be this mail's own |
/// | all else: no connection, no answer in time, a login or encryption that fails, 4… before the mail | ``HandlerFailure/unavailable(_:after:)`` |
public final class EmailHandler: EventHandler {
    public let settings: EmailSettings
    private let from: MailAddress
    private let to: [MailAddress]
    private let cc: [MailAddress]
    private let bcc: [MailAddress]
    private let fields: DatasetFields
    private let prepared = Mutex<Prepared?>(nil)

    private struct Prepared: Sendable {
        var templates: EmailTemplates
        var client: SMTPClient
    }

    /// - Parameter fields: a dataset topic's fields, for the order and the titles in tables; nil for other topics.
    /// - Throws: ``InvalidSetting``.
    public init(
        _ settings: EmailSettings, fields: @escaping DatasetFields = { _ in nil }
    ) throws(InvalidSetting) {
        self.settings = settings
        self.fields = fields
        from = try settings.address(settings.from, "from")
        to = try settings.addresses(settings.to, "to")
        cc = try settings.addresses(settings.cc, "cc")
        bcc = try settings.addresses(settings.bcc, "bcc")
        guard !(to + cc + bcc).isEmpty else { throw settings.invalid("to", "is missing") }
        try settings.check()
        _ = try EmailTemplates(settings, readingFiles: false)
    }

    public var batchSize: Int { settings.digest?.count ?? 1 }
    public var linger: Duration { settings.digest?.time ?? .zero }

    /// Reads templates and the password, and tries the server. That it cannot be reached is no error, because it may be
    /// reached later; that it refuses the login or cannot protect the connection is.
    ///
    /// - Throws: ``InvalidSetting``; `CancellationError`.
    public func prepare() async throws {
        guard settings.enabled else { return }
        let templates: EmailTemplates
        let password: String?
        (templates, password) = try await BlockingWork("email").run { [settings] in
            (
                try EmailTemplates(settings, readingFiles: true),
                try settings.password?.resolve(setting: settings.invalid("password", "").setting)
            )
        }
        let client = SMTPClient(try settings.smtpServer(password: password ?? ""))
        do {
            try await client.check()
        } catch let failure as SMTPFailure where failure.isPermanent {
            await client.close()
            throw settings.invalid(Self.setting(failure), failure.description)
        } catch is SMTPFailure {
        }
        prepared.withLock { $0 = Prepared(templates: templates, client: client) }
    }

    public func handle(_ deliveries: [Delivery]) async throws {
        guard settings.enabled, !deliveries.isEmpty else { return }
        guard let prepared = prepared.withLock({ $0 }) else {
            throw HandlerFailure.unavailable("handlers.\(settings.name): is not prepared")
        }
        let content = prepared.templates.render(EmailVariables(deliveries, fields: fields))
        let mail = MailMessage(
            from: from, to: to, cc: cc, bcc: bcc, subject: content.subject, text: content.text, html: content.html,
            messageID: EmailIdentity.messageID(of: deliveries, handler: settings.name, host: from.host),
            headers: Self.headers)
        do {
            try await prepared.client.send(mail)
        } catch let failure as SMTPFailure {
            throw Self.failure(failure, "handlers.\(settings.name): \(failure)")
        }
    }

    public func close() async {
        let client = prepared.withLock { prepared in
            defer { prepared = nil }
            return prepared?.client
        }
        await client?.close()
    }

    /// Keeps answering machines from answering (RFC 3834).
    private static let headers = [try? MailHeader("Auto-Submitted", "auto-generated")].compactMap(\.self)

    /// Answers that concern the login, whenever they come (RFC 4954).
    private static let loginCodes: Set<Int> = [530, 534, 535, 538]

    private static func failure(_ failure: SMTPFailure, _ text: String) -> HandlerFailure {
        switch failure.stage {
        case .connection, .encryption, .login: return .unavailable(text)
        case .sender, .recipient, .content:
            if failure.isPermanent {
                return loginCodes.contains(failure.code ?? 0) ? .unavailable(text) : .permanent(text)
            }
            let isAboutMail = failure.stage == .content && failure.code != nil && failure.code != 421
            return isAboutMail ? .retriable(text) : .unavailable(text)
        }
    }

    /// What is to be looked at when the server cannot be used.
    private static func setting(_ failure: SMTPFailure) -> String {
        switch failure.stage {
        case .login: "password"
        case .encryption: "security"
        default: "server"
        }
    }
}
