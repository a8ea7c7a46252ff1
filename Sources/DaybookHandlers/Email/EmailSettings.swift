public import Mail

/// Settings of a handler that sends mails.
public struct EmailSettings: HandlerSettings {
    /// Names the handler in errors and logs.
    public var name: String
    public var enabled: Bool
    /// The mail server's name or IP address.
    public var server: String
    /// Nil: 587 for STARTTLS, 465 for TLS, 25 without either.
    public var port: UInt16?
    public var security: SMTPServer.Security
    /// Nil sends without a login.
    public var user: String?
    public var password: SecretReference?
    /// A file of certificates (PEM) that are trusted in place of the system's.
    public var authorityFile: String?
    /// When false, any certificate is taken: for tests only.
    public var verifiesCertificate: Bool
    /// The name that the server is told.
    public var clientName: String
    public var connectTimeout: Duration
    /// For one mail, the connection included.
    public var timeout: Duration
    /// `name@host` or `Shown Name <name@host>`, as all addresses here.
    public var from: String
    public var to: [String]
    public var cc: [String]
    public var bcc: [String]
    /// Templates are Mustache; nil takes the handler's own. Without a template of its own, HTML is left out when there is
    /// one for the text: both must say the same.
    public var subjectTemplate: TemplateSource?
    public var textTemplate: TemplateSource?
    public var htmlTemplate: TemplateSource?
    /// When false, mails are text only.
    public var sendsHTML: Bool
    /// Nil: a mail for each event.
    public var digest: EmailDigest?

    public init(
        name: String = "email", enabled: Bool = true, server: String, port: UInt16? = nil,
        security: SMTPServer.Security = .startTLS, user: String? = nil, password: SecretReference? = nil,
        authorityFile: String? = nil, verifiesCertificate: Bool = true, clientName: String = "localhost",
        connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(30), from: String, to: [String],
        cc: [String] = [], bcc: [String] = [], subjectTemplate: TemplateSource? = nil,
        textTemplate: TemplateSource? = nil, htmlTemplate: TemplateSource? = nil, sendsHTML: Bool = true,
        digest: EmailDigest? = nil
    ) {
        self.name = name
        self.enabled = enabled
        self.server = server
        self.port = port
        self.security = security
        self.user = user
        self.password = password
        self.authorityFile = authorityFile
        self.verifiesCertificate = verifiesCertificate
        self.clientName = clientName
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.from = from
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.subjectTemplate = subjectTemplate
        self.textTemplate = textTemplate
        self.htmlTemplate = htmlTemplate
        self.sendsHTML = sendsHTML
        self.digest = digest
    }

    public func makeHandler(in surroundings: HandlerSurroundings) throws -> EmailHandler {
        try EmailHandler(self, fields: surroundings.fields)
    }

    func invalid(_ setting: String, _ reason: String) -> InvalidSetting {
        InvalidSetting("handlers.\(name).\(setting)", reason)
    }
}
