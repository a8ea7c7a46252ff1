import FoundationEssentials

/// Settings of a handler that posts events to a URL, to the terms of Standard Webhooks.
public struct WebhookSettings: HandlerSettings {
    /// Names the handler.
    public var name: String
    /// What names it in errors and logs: `handlers.<name>`, or the registration whose own it is.
    public var path: String
    /// `https://host[:port]/path?query`. It must hold no user, password or fragment.
    public var url: String
    /// Where the signing secrets are: each `whsec_` and the Base64 of 24 to 64 bytes. A delivery is signed with all of
    /// them, so that one can be replaced by another without a gap.
    public var secrets: [SecretReference]
    public var enabled: Bool
    public var format: WebhookFormat
    /// For the whole of one attempt, from looking the name up to the answer.
    public var timeout: Duration
    /// Permits addresses that are not of the public Internet: private, loopback, link-local and other special ones.
    public var allowsPrivateAddresses: Bool
    /// Permits `http://`, over which anybody on the way can read what is sent.
    public var allowsHTTP: Bool

    public init(
        name: String = "webhook", path: String? = nil, url: String, secrets: [SecretReference], enabled: Bool = true,
        format: WebhookFormat = .cloudEvents, timeout: Duration = .seconds(20), allowsPrivateAddresses: Bool = false,
        allowsHTTP: Bool = false
    ) {
        self.name = name
        self.path = path ?? "handlers.\(name)"
        self.url = url
        self.secrets = secrets
        self.enabled = enabled
        self.format = format
        self.timeout = timeout
        self.allowsPrivateAddresses = allowsPrivateAddresses
        self.allowsHTTP = allowsHTTP
    }

    public func makeHandler(in surroundings: HandlerSurroundings) throws -> WebhookHandler {
        try WebhookHandler(self, report: surroundings.report)
    }

    /// - Throws: ``InvalidSetting``, naming the setting.
    func target() throws(InvalidSetting) -> WebhookTarget {
        guard !secrets.isEmpty else { throw invalid("secrets", "is missing: a webhook is signed") }
        guard timeout > .zero else { throw invalid("timeout", "must be more than 0") }
        return try WebhookTarget(self)
    }

    /// What to do where one of the settings does not allow something: those of a registration's own webhook are the
    /// server's, not of whoever made it.
    func remedy(_ setting: String) -> String {
        path == "handlers.\(name)"
            ? "set \(setting) to send there nonetheless" : "this server's settings do not allow it"
    }

    func invalid(_ setting: String, _ reason: String) -> InvalidSetting {
        InvalidSetting("\(path).\(setting)", reason)
    }
}
