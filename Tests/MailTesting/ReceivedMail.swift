/// A mail as the server got it and Python's reader takes it apart.
public struct ReceivedMail: Codable, Hashable, Sendable {
    public struct Part: Codable, Hashable, Sendable {
        public var type: String
        public var charset: String?
        public var encoding: String?
        public var text: String
    }

    /// Counts connections from 1.
    public var connection: Int
    /// What the client called itself.
    public var client: String
    public var isEncrypted: Bool
    public var sender: String
    public var recipients: [String]
    /// Shown names and mailboxes.
    public var from: [[String]]
    public var to: [[String]]
    public var cc: [[String]]
    public var subject: String
    public var messageID: String
    public var secondsSince1970: Double
    /// Names and decoded values, in order.
    public var headers: [[String]]
    public var type: String
    public var parts: [Part]
    /// What Python's reader finds wrong with it.
    public var defects: [String]
    public var raw: String

    public func header(_ name: String) -> [String] {
        headers.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
    }

    /// The text of the part of this type, with LF for line ends.
    public func text(_ type: String) -> String? {
        parts.first { $0.type == type }?.text.replacing("\r\n", with: "\n")
    }
}
