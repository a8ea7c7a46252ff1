/// The address of one mailbox, `name@host`, with the name to be shown for it, if any.
///
/// The address is ASCII: a host of another script is to be given in its ASCII form (`xn--…`).
public struct MailAddress: Hashable, Sendable {
    /// `name@host`, as it was given.
    public let mailbox: String
    /// What is shown besides the mailbox; any text without control characters.
    public let displayName: String?

    /// Checks an address.
    ///
    /// - Parameters:
    ///   - mailbox: `name@host`: at most 64 bytes before the `@`, 254 in all.
    ///   - displayName: an empty one counts as none.
    /// - Throws: what is wrong with it.
    public init(mailbox: String, displayName: String? = nil) throws(InvalidMailAddress) {
        if let problem = Self.problem(mailbox) { throw InvalidMailAddress(text: mailbox, reason: problem) }
        if let displayName, displayName.unicodeScalars.contains(where: \.isControl) {
            throw InvalidMailAddress(text: displayName, reason: "the name holds control characters")
        }
        guard displayName?.utf8.count ?? 0 <= 256 else {
            throw InvalidMailAddress(text: mailbox, reason: "the name before it is longer than 256 bytes")
        }
        self.mailbox = mailbox
        self.displayName = displayName.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reads `name@host`, `Shown Name <name@host>` or `"Shown, Name" <name@host>`: exactly one mailbox.
    ///
    /// - Throws: what is wrong with it.
    public init(_ text: String) throws(InvalidMailAddress) {
        let trimmed = text.trimmingBlanks
        guard trimmed.hasSuffix(">") else {
            try self.init(mailbox: String(trimmed))
            return
        }
        guard let open = trimmed.lastIndex(of: "<") else {
            throw InvalidMailAddress(text: text, reason: "there is a '>' without '<'")
        }
        let mailbox = trimmed[trimmed.index(after: open)...].dropLast()
        let shown = trimmed[..<open].trimmingBlanks
        guard let name = Self.unquoted(shown) else {
            throw InvalidMailAddress(
                text: text, reason: "the name before '<' needs quotation marks, or has a part of them only")
        }
        try self.init(mailbox: String(mailbox), displayName: name)
    }

    /// The part behind the `@`.
    public var host: Substring { mailbox[mailbox.index(after: mailbox.lastIndex(of: "@") ?? mailbox.startIndex)...] }

    /// Why this is no mailbox; nil when it is one.
    private static func problem(_ mailbox: String) -> String? {
        guard mailbox.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "it may only hold ASCII characters, and no blanks or control characters"
        }
        let parts = mailbox.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return "it must have the form name@host" }
        guard (1...64).contains(parts[0].count) else { return "there must be 1 to 64 characters before the '@'" }
        guard mailbox.utf8.count <= 254 else { return "it is longer than 254 characters" }
        let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isAtomCharacter) }) else {
            return "before the '@' there may be letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between them"
        }
        return HostName.isValid(String(decoding: parts[1], as: UTF8.self))
            ? nil : "the host behind the '@' is no host name"
    }

    /// The name without the quotation marks around it; nil when these are not complete, or missing where they must be.
    private static func unquoted(_ text: Substring) -> String? {
        guard text.first == "\"" else {
            return text.contains { "\"<>@,;:()[]\\".contains($0) } ? nil : String(text)
        }
        var name = ""
        var rest = text.dropFirst()
        while let next = rest.popFirst() {
            switch next {
            case "\"": return rest.isEmpty ? name : nil
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                name.append(escaped)
            default: name.append(next)
            }
        }
        return nil
    }
}

extension MailAddress: CustomStringConvertible {
    /// As ``init(_:)`` reads it.
    public var description: String {
        guard let displayName else { return mailbox }
        let escaped = displayName.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\" <\(mailbox)>"
    }
}

/// A text that is no address of one mailbox.
public struct InvalidMailAddress: Error, Hashable, Sendable, CustomStringConvertible {
    public var text: String
    public var reason: String

    public var description: String { "'\(text.withoutControls)' is no mail address: \(reason)" }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: SubSequence {
        guard let first = firstIndex(where: { $0 != " " && $0 != "\t" }),
            let last = lastIndex(where: { $0 != " " && $0 != "\t" })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
