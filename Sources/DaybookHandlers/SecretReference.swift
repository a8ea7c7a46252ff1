import FoundationEssentials

/// Where a secret is to be found, so that settings can be written down, shown and logged without it: `env:NAME` is a
/// variable of the environment, `file:PATH` a file's content without the line end behind it.
public enum SecretReference: Hashable, Sendable {
    case environment(String)
    case file(String)

    /// Looks the secret up.
    ///
    /// - Parameters:
    ///   - setting: the name of the setting that refers to it, as `handlers.mail.password`, for the error.
    ///   - environment: the variables to look in; this process's own when nil.
    /// - Throws: ``InvalidSetting`` when it is missing or empty. No error tells any of the secret.
    public func resolve(
        setting: String, environment: [String: String]? = nil
    ) throws(InvalidSetting) -> String {
        let secret: String
        switch self {
        case .environment(let name):
            guard let value = (environment ?? ProcessInfo.processInfo.environment)[name] else {
                throw InvalidSetting(setting, "there is no environment variable '\(name)'")
            }
            secret = value
        case .file(let path):
            do {
                let text = try SettingFile.read(path)
                secret = String(text.reversed().drop { $0.isNewline }.reversed())
            } catch {
                throw InvalidSetting(setting, error.description)
            }
        }
        guard !secret.isEmpty else { throw InvalidSetting(setting, "the secret at '\(self)' is empty") }
        return secret
    }
}

extension SecretReference: LosslessStringConvertible {
    public var description: String {
        switch self {
        case .environment(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        }
    }

    /// Reads `env:NAME` or `file:PATH`; nil for all else, and so for a secret that was written in place of a reference.
    public init?(_ text: String) {
        if text.hasPrefix("env:"), text.utf8.count > 4 {
            self = .environment(String(text.dropFirst(4)))
        } else if text.hasPrefix("file:"), text.utf8.count > 5 {
            self = .file(String(text.dropFirst(5)))
        } else {
            return nil
        }
    }
}
