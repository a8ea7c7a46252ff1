/// A mail server and how to speak to it.
public struct SMTPServer: Hashable, Sendable {
    /// How a connection is protected against those who can read or change it.
    public enum Security: String, Hashable, Sendable, CaseIterable {
        /// Not at all.
        case none
        /// It begins in the open and must then be encrypted (STARTTLS); a server that does not offer that is not used.
        case startTLS = "starttls"
        /// TLS from the first byte.
        case tls

        /// The port that is usual for it.
        public var port: UInt16 {
            switch self {
            case .none: 25
            case .startTLS: 587
            case .tls: 465
            }
        }
    }

    /// A name, or an IPv4 or IPv6 address.
    public var host: String
    public var port: UInt16
    public var security: Security
    /// Nil sends without a login.
    public var login: SMTPLogin?
    /// A file of certificates (PEM) that are trusted in place of the system's.
    public var authorityFile: String?
    /// When false, any certificate is taken: for tests only.
    public var verifiesCertificate: Bool
    /// The name this client gives itself (EHLO).
    public var clientName: String
    /// Until the connection is made, encrypted and greeted.
    public var connectTimeout: Duration
    /// For one mail, the connection included.
    public var timeout: Duration

    /// - Parameter port: by ``Security/port`` when nil.
    /// - Throws: what cannot be right.
    public init(
        host: String, port: UInt16? = nil, security: Security = .startTLS, login: SMTPLogin? = nil,
        authorityFile: String? = nil, verifiesCertificate: Bool = true, clientName: String = "localhost",
        connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(30)
    ) throws(InvalidSMTPServer) {
        guard HostName.isValid(host) || Self.isIPv6(host) else {
            throw InvalidSMTPServer(part: .host, reason: "'\(host.withoutControls)' is no host name and no IP address")
        }
        guard port != 0 else { throw InvalidSMTPServer(part: .port, reason: "there is no port 0") }
        guard HostName.isValid(clientName) else {
            throw InvalidSMTPServer(part: .clientName, reason: "'\(clientName.withoutControls)' is no host name")
        }
        guard connectTimeout >= .milliseconds(1), connectTimeout <= .seconds(86_400) else {
            throw InvalidSMTPServer(part: .connectTimeout, reason: "must be from 1 ms to 1 day")
        }
        guard timeout >= .milliseconds(1), timeout <= .seconds(86_400) else {
            throw InvalidSMTPServer(part: .timeout, reason: "must be from 1 ms to 1 day")
        }
        self.host = host
        self.port = port ?? security.port
        self.security = security
        self.login = login
        self.authorityFile = authorityFile
        self.verifiesCertificate = verifiesCertificate
        self.clientName = clientName
        self.connectTimeout = connectTimeout
        self.timeout = timeout
    }

    /// Where it is, as `mail.example.org:587`: what errors name it by.
    public var address: String { "\(hostInURL):\(port)" }

    /// libcurl takes the client's name from the path.
    var url: String { "\(security == .tls ? "smtps" : "smtp")://\(hostInURL):\(port)/\(clientName)" }

    private var hostInURL: String { host.contains(":") ? "[\(host)]" : host }

    private static func isIPv6(_ text: String) -> Bool {
        text.utf8.count <= 45 && text.contains(":")
            && text.utf8.allSatisfy { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0.isHexDigit }
    }
}

/// A part of the settings of a server that cannot be right.
public struct InvalidSMTPServer: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Part: String, Hashable, Sendable {
        case host, port, clientName, connectTimeout, timeout
    }

    public var part: Part
    public var reason: String

    public var description: String { "\(part.rawValue): \(reason)" }
}
