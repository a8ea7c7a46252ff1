/// The address of a mailbox, as `name@host`.
public struct MailAddress: Hashable, Sendable {
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}
