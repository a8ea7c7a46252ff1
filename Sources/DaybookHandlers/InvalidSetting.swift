/// A setting that a handler cannot work with.
public struct InvalidSetting: Error, Hashable, Sendable {
    /// The full name: `handlers.mail.template`.
    public var setting: String
    /// What is wrong with it, without the name.
    public var reason: String

    public init(_ setting: String, _ reason: String) {
        self.setting = setting
        self.reason = reason
    }
}

extension InvalidSetting: CustomStringConvertible {
    public var description: String { "\(setting): \(reason)" }
}
