import FoundationEssentials

/// Settings of a handler that sends text messages through Twilio.
public struct SMSSettings: HandlerSettings {
    /// Names the handler in errors and logs.
    public var name: String
    /// When false, events are settled and nothing is sent.
    public var enabled: Bool
    /// Twilio's name of the account (`AC…`).
    public var account: String
    /// The account's token.
    public var token: SecretReference
    /// A number as `+15005550006`, or a messaging service (`MG…`).
    public var from: String
    /// Numbers as `+15005550010`; each gets a message of its own.
    public var to: [String]
    /// Mustache; names as in mails. Nil is severity, time and summary.
    public var template: TemplateSource?
    /// Messages per second, over all recipients.
    public var messagesPerSecond: Double
    /// `https://…`, without a path. Another one is for tests.
    public var baseURL: String
    /// Permits `http://` as the base: the token goes over it as it is.
    public var allowsHTTP: Bool
    /// For one message.
    public var timeout: Duration

    public init(
        name: String = "sms", enabled: Bool = true, account: String, token: SecretReference, from: String,
        to: [String], template: TemplateSource? = nil, messagesPerSecond: Double = 1,
        baseURL: String = "https://api.twilio.com", allowsHTTP: Bool = false, timeout: Duration = .seconds(20)
    ) {
        self.name = name
        self.enabled = enabled
        self.account = account
        self.token = token
        self.from = from
        self.to = to
        self.template = template
        self.messagesPerSecond = messagesPerSecond
        self.baseURL = baseURL
        self.allowsHTTP = allowsHTTP
        self.timeout = timeout
    }

    public func makeHandler(in surroundings: HandlerSurroundings) throws -> SMSHandler {
        try SMSHandler(self, fields: surroundings.fields)
    }

    /// Where messages are posted to.
    ///
    /// - Throws: ``InvalidSetting``, naming the setting that is wrong.
    func target() throws(InvalidSetting) -> String {
        guard !account.isEmpty, account.utf8.allSatisfy({ $0.isASCIILetterOrDigit }) else {
            throw invalid("account", "'\(account)' is no account of Twilio (AC and 32 hex digits)")
        }
        guard Self.isNumber(from) || from.hasPrefix("MG") && from.utf8.allSatisfy({ $0.isASCIILetterOrDigit }) else {
            throw invalid("from", "'\(from)' is neither a number (+ and digits) nor a messaging service (MG…)")
        }
        guard !to.isEmpty else { throw invalid("to", "is missing") }
        for number in to where !Self.isNumber(number) {
            throw invalid("to", "'\(number)' is no number (+ and 7 to 15 digits)")
        }
        guard Set(to).count == to.count else { throw invalid("to", "names a number twice") }
        guard messagesPerSecond > 0, messagesPerSecond.isFinite else {
            throw invalid("messagesPerSecond", "must be more than 0")
        }
        guard timeout > .zero else { throw invalid("timeout", "must be more than 0") }
        guard let parts = URLComponents(string: baseURL), let scheme = parts.scheme, parts.host?.isEmpty == false,
            parts.query == nil, parts.fragment == nil, parts.user == nil
        else { throw invalid("baseURL", "'\(baseURL)' is no URL with a host") }
        guard scheme == "https" || scheme == "http" && allowsHTTP else {
            throw invalid("baseURL", "'\(baseURL)' is not https; set allowsHTTP to send the token without encryption")
        }
        let base = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        return "\(base)/2010-04-01/Accounts/\(account)/Messages.json"
    }

    private static func isNumber(_ text: String) -> Bool {
        text.hasPrefix("+") && (8...16).contains(text.utf8.count)
            && text.utf8.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    func invalid(_ setting: String, _ reason: String) -> InvalidSetting {
        InvalidSetting("handlers.\(name).\(setting)", reason)
    }
}

extension UInt8 {
    /// What needs no care in a path.
    fileprivate var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
