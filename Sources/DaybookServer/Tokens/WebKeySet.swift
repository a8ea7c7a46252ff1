import JWTKit
import LosslessJSON

/// Public keys that tokens are signed with: a JSON web key set (RFC 7517).
struct WebKeySet: Sendable {
    /// Why a set cannot be used.
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    private struct Key: Sendable {
        var id: String?
        /// What a signature is checked with, by the names of the algorithms that the key is for.
        var algorithms: [String: any JWTAlgorithm]
    }

    /// More keys than anybody has would only make tokens without a key's id expensive.
    private static let maximumKeys = 100

    private var keys: [Key] = []
    /// Keys that were left out, and why.
    private(set) var omitted: [String] = []

    /// - Throws: ``Unusable`` when no key in it can be used.
    init(_ json: [UInt8]) async throws(Unusable) {
        guard let set = try? JSONMembers(json, limits: JSONLimits(maximumDepth: 16)), let keys = set["keys"]?.elements
        else { throw Unusable(description: "it is no JSON web key set: an object with a list of keys") }
        guard keys.count <= Self.maximumKeys else {
            throw Unusable(description: "it has more than \(Self.maximumKeys) keys")
        }
        for (number, key) in keys.enumerated() {
            let members = key.members
            let name = members?["kid"]?.stringValue ?? "number \(number + 1)"
            if let reason = Self.unfit(members) {
                omitted.append("\(name): \(reason)")
                continue
            }
            let algorithms = await Self.algorithms(key)
            if algorithms.isEmpty {
                omitted.append("\(name): its type, curve, algorithm or size is none that can be used")
            } else {
                self.keys.append(Key(id: members?["kid"]?.stringValue, algorithms: algorithms))
            }
        }
        guard !self.keys.isEmpty else {
            let reasons = omitted.isEmpty ? "" : ": " + omitted.joined(separator: "; ")
            throw Unusable(description: "it has no key that can be used" + reasons)
        }
    }

    private static func unfit(_ members: JSONMembers?) -> String? {
        guard let members else { return "it is no object" }
        if let use = members["use"]?.stringValue, use != "sig" { return "it is not for signatures" }
        if let uses = members["key_ops"]?.elements, !uses.contains(where: { $0.stringValue == "verify" }) {
            return "it is not for checking signatures"
        }
        // A secret that both sides know would let whoever reads the set sign tokens.
        if members["kty"]?.stringValue == "oct" { return "it is a shared secret, not a public key" }
        return nil
    }

    /// The algorithms of a key: the one it names, or those that its type and curve allow.
    private static func algorithms(_ json: JSONText) async -> [String: any JWTAlgorithm] {
        guard var key = try? JWK(json: json.description) else { return [:] }
        // Checking takes the public part only, whatever was put into the set.
        key.privateExponent = nil
        key.prime1 = nil
        key.prime2 = nil
        key.keyIdentifier = "key"
        let possible: [JWK.Algorithm] =
            if let named = key.algorithm {
                [named]
            } else if key.keyType == .rsa {
                [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            } else if key.keyType == .octetKeyPair {
                [.eddsa]
            } else {
                [.es256, .es384, .es512]
            }
        var algorithms: [String: any JWTAlgorithm] = [:]
        for algorithm in possible where fits(algorithm, key) {
            key.algorithm = algorithm
            let collection = JWTKeyCollection()
            guard (try? await collection.add(jwk: key)) != nil,
                let made = try? await collection.getKey(for: "key", alg: algorithm.rawValue)
            else { continue }
            algorithms[algorithm.rawValue] = made
        }
        return algorithms
    }

    /// Whether an algorithm is one of those of the key's type and curve, and for signatures.
    private static func fits(_ algorithm: JWK.Algorithm, _ key: JWK) -> Bool {
        switch algorithm {
        case .es256: key.keyType == .ecdsa && key.curve?.rawValue == "P-256"
        case .es384: key.keyType == .ecdsa && key.curve?.rawValue == "P-384"
        case .es512: key.keyType == .ecdsa && key.curve?.rawValue == "P-521"
        case .eddsa: key.keyType == .octetKeyPair
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: key.keyType == .rsa
        default: false
        }
    }

    // MARK: - Checking

    enum Outcome {
        case valid
        /// There is no key with this id.
        case unknownKey
        case refused(String)
    }

    /// Checks a token's signature: with the key it names, or with every key when it names none. Which algorithm may be
    /// used is for the keys to say, not for the token.
    func check(_ token: WebToken) -> Outcome {
        let candidates = token.keyID.map { id in keys.filter { $0.id == id } } ?? keys
        guard !candidates.isEmpty else { return .unknownKey }
        let algorithms = candidates.compactMap { $0.algorithms[token.algorithm] }
        guard !algorithms.isEmpty else { return .refused("its algorithm is not one of its key") }
        for algorithm in algorithms where (try? algorithm.verify(token.signature, signs: token.signed)) == true {
            return .valid
        }
        // Keys of a set that names none may have been replaced.
        return token.keyID == nil ? .unknownKey : .refused("its signature is wrong")
    }
}
