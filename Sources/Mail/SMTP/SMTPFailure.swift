/// Why a mail was not accepted.
public struct SMTPFailure: Error, Hashable, Sendable {
    /// How far it came.
    public enum Stage: Hashable, Sendable {
        /// Finding and reaching the server, and its greeting.
        case connection
        /// Protecting the connection: the server does not offer it, or its certificate is not to be trusted.
        case encryption
        case login
        /// The server was told the sender.
        case sender
        /// The server was told this recipient.
        case recipient(String)
        /// The mail itself was offered or sent. The server may have accepted it although no answer came.
        case content
    }

    /// The server, as ``SMTPServer/address`` has it.
    public var server: String
    public var stage: Stage
    /// What the server answered: three digits. Nil when it did not answer.
    public var code: Int?
    /// The server's words, or those of the system, in one line.
    public var message: String
    /// Whether trying again can not help unless somebody changes something: the server answered 5…, or the connection
    /// cannot be protected as asked for. Else the failure may pass: the server answered 4…, cannot be reached, or takes
    /// too long.
    public var isPermanent: Bool
}

extension SMTPFailure: CustomStringConvertible {
    public var description: String {
        guard let code else {
            let doing =
                switch stage {
                case .connection: ""
                case .encryption: ": the connection cannot be protected"
                case .login: " at the login"
                case .sender: " at the sender"
                case .recipient(let mailbox): " at the recipient <\(mailbox)>"
                case .content: " while it took the mail"
                }
            return "mail server \(server)\(doing): \(message)"
        }
        let what =
            switch stage {
            case .connection: "the connection"
            case .encryption: "to protect the connection"
            case .login: "the login"
            case .sender: "the sender"
            case .recipient(let mailbox): "the recipient <\(mailbox)>"
            case .content: "the mail"
            }
        return "mail server \(server) refused \(what): \(code) \(message)"
    }
}
