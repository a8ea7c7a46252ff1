/// A header of a mail besides the usual ones.
public struct MailHeader: Hashable, Sendable {
    public let name: String
    /// Any text. What a line cannot hold is written as a blank; non-ASCII text is encoded.
    public var value: String

    /// - Parameter name: letters, digits and dashes.
    /// - Throws: when the name has another form, or belongs to a header that a message has a property for.
    public init(_ name: String, _ value: String) throws(InvalidMailHeader) {
        guard (1...64).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") })
        else { throw InvalidMailHeader(name: name, reason: "a name has 1 to 64 letters, digits and dashes") }
        guard !Self.taken.contains(name.lowercased()) else {
            throw InvalidMailHeader(name: name, reason: "the message writes it itself")
        }
        self.name = name
        self.value = value
    }

    private static let taken: Set<String> = [
        "from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "content-type",
        "content-transfer-encoding",
    ]
}

/// A name that no header of a message can be given.
public struct InvalidMailHeader: Error, Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var reason: String

    public var description: String { "'\(name.withoutControls)' is no name for a header: \(reason)" }
}
