import Crypto
import Foundation

/// Makes tokens as an issuer does, and such as nobody should take.
struct TokenMaker {
    let id: String
    private let key = P256.Signing.PrivateKey()

    init(id: String = "one") {
        self.id = id
    }

    /// The public key as a member of a key set; with members that are added or, where nil, left out.
    func jwk(_ changes: [String: String?] = [:]) -> String {
        let point = key.publicKey.rawRepresentation
        var members: [String: String] = [
            "kty": "EC", "crv": "P-256", "kid": id, "alg": "ES256", "use": "sig", "x": Self.encode(point.prefix(32)),
            "y": Self.encode(point.suffix(32)),
        ]
        for (name, value) in changes { members[name] = value }
        return Self.object(members.mapValues { "\"\($0)\"" })
    }

    /// A token with these members of claims, and of the header besides `alg` and `kid`; all of them JSON.
    func token(_ claims: [String: String], header: [String: String] = [:]) throws -> String {
        let header = ["alg": "\"ES256\"", "kid": "\"\(id)\"", "typ": "\"JWT\""].merging(header) { $1 }
        let signed = Self.signed(header, claims)
        return signed + "." + Self.encode(try key.signature(for: Data(signed.utf8)).rawRepresentation)
    }

    /// One that anybody can make who has read the key set: the public key as a secret.
    func forgery(_ claims: [String: String]) -> String {
        let signed = Self.signed(["alg": "\"HS256\"", "kid": "\"\(id)\""], claims)
        let secret = SymmetricKey(data: key.publicKey.rawRepresentation)
        return signed + "." + Self.encode(Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: secret)))
    }

    /// Header and claims, as they are signed.
    static func signed(_ header: [String: String], _ claims: [String: String]) -> String {
        encode(Data(object(header).utf8)) + "." + encode(Data(object(claims).utf8))
    }

    static func set(_ keys: String...) -> [UInt8] { Array(#"{"keys": [\#(keys.joined(separator: ", "))]}"#.utf8) }

    static func encode(_ data: some DataProtocol) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func object(_ members: [String: String]) -> String {
        "{" + members.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }
}
