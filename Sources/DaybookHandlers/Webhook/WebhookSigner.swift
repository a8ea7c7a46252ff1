import Crypto
import FoundationEssentials

/// Signs webhooks to the terms of Standard Webhooks: `v1`, HMAC-SHA256 over `id.timestamp.body`.
struct WebhookSigner: Sendable {
    static let prefix = "whsec_"
    /// Of a secret, in bytes.
    static let keyLengths = 24...64

    private let keys: [SymmetricKey]

    /// Looks the secrets up.
    ///
    /// - Throws: ``InvalidSetting`` for `secrets`; it never tells any of a secret.
    init(_ settings: WebhookSettings) throws(InvalidSetting) {
        var keys: [SymmetricKey] = []
        for (at, reference) in settings.secrets.enumerated() {
            let setting = settings.secrets.count == 1 ? "secrets" : "secrets[\(at)]"
            let secret = try reference.resolve(setting: settings.invalid(setting, "").setting)
            guard secret.hasPrefix(Self.prefix),
                let key = Data(base64Encoded: String(secret.dropFirst(Self.prefix.count))),
                Self.keyLengths.contains(key.count)
            else {
                throw settings.invalid(
                    setting, "the secret at '\(reference)' is not \(Self.prefix) and the Base64 of 24 to 64 bytes")
            }
            keys.append(SymmetricKey(data: key))
        }
        self.keys = keys
    }

    /// The value of `webhook-signature`: one signature per secret, in their order, separated by spaces.
    ///
    /// - Parameter timestamp: in seconds since 1970.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let content = Array("\(id).\(timestamp).".utf8) + body
        return keys.map { key in
            "v1,\(Data(HMAC<SHA256>.authenticationCode(for: content, using: key)).base64EncodedString())"
        }.joined(separator: " ")
    }
}
