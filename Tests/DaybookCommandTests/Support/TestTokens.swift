import Crypto
import Foundation

/// An issuer of tokens.
struct TestTokens {
    private let key = P256.Signing.PrivateKey()

    /// Its key set.
    var set: String {
        let point = key.publicKey.rawRepresentation
        return """
            {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "a", "x": "\(Self.encode(point.prefix(32)))", \
            "y": "\(Self.encode(point.suffix(32)))"}]}
            """
    }

    /// - Parameter claims: members besides the end, which is after so many seconds.
    func token(_ claims: String, seconds: Double = 600) throws -> String {
        let end = Date.now.timeIntervalSince1970 + seconds
        let signed =
            Self.encode(Data(#"{"alg": "ES256", "kid": "a"}"#.utf8)) + "."
            + Self.encode(Data(#"{"exp": \#(end), \#(claims)}"#.utf8))
        return signed + "." + Self.encode(try key.signature(for: Data(signed.utf8)).rawRepresentation)
    }

    private static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
