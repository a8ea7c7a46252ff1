/// A user and the password, which is neither printed nor dumped.
public struct SMTPLogin: Hashable, Sendable {
    public var user: String
    let password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension SMTPLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SMTPLogin(user: \(user))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["user": user], displayStyle: .struct) }
}
