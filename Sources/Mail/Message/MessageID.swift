/// What a mail is told apart by: `<left@right>`. A mail that is sent again keeps it.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
    public let left: String
    public let right: String

    /// Both sides as RFC 5322 has them: letters, digits and some marks, with single dots between. Nil for all else.
    public init?(left: String, right: String) {
        guard Self.isDotAtom(left), Self.isDotAtom(right), left.utf8.count + right.utf8.count < 240 else { return nil }
        self.left = left
        self.right = right
    }

    public var description: String { "<\(left)@\(right)>" }

    private static func isDotAtom(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isAtomCharacter) }
    }
}
