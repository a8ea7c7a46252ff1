import LosslessJSON

/// A JSON web token in its compact form (RFC 7515, RFC 7519), taken apart and not checked.
struct WebToken {
    /// Why it cannot be used, in words without the token in them.
    struct Malformed: Error {
        var reason: String
    }

    /// Longer ones are not looked at.
    private static let maximumBytes = 16 << 10
    private static let limits = JSONLimits(maximumDepth: 16)

    var algorithm: String
    var keyID: String?
    var claims: JSONMembers
    /// What the signature is of.
    var signed: ArraySlice<UInt8>
    var signature: [UInt8]

    /// Whether a text looks like one: three parts, the first an object that names an algorithm.
    ///
    /// - Returns: nil when it does not.
    /// - Throws: ``Malformed`` for one that does and cannot be used.
    init?(_ text: String) throws(Malformed) {
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, bytes.count <= Self.maximumBytes, let header = Self.object(parts[0]),
            let algorithm = header["alg"]?.stringValue
        else { return nil }
        self.algorithm = algorithm
        if let id = header["kid"] {
            guard let id = id.stringValue else { throw Malformed(reason: "kid is no text") }
            keyID = id
        }
        // What has to be understood, and is not (RFC 7515, section 4.1.11).
        guard header["crit"] == nil else { throw Malformed(reason: "it has critical header parameters") }
        // Tokens that say they are for something else are not for access (RFC 8725, section 3.11).
        if let type = header["typ"] {
            let name = type.stringValue?.lowercased() ?? ""
            guard ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(name) else {
                throw Malformed(reason: "its type is not JWT or at+jwt")
            }
        }
        guard let claims = Self.object(parts[1]) else { throw Malformed(reason: "its claims are no JSON object") }
        self.claims = claims
        guard let signature = Base64URL.decode(parts[2]) else { throw Malformed(reason: "its signature is no Base64") }
        self.signature = signature
        signed = bytes[..<(parts[1].endIndex)]
    }

    private static func object(_ part: ArraySlice<UInt8>) -> JSONMembers? {
        Base64URL.decode(part).flatMap { try? JSONMembers($0, limits: limits) }
    }

    // MARK: - Claims

    /// A claim by its name, or else by a path of names joined by dots.
    func claim(_ name: String) -> JSONText? {
        if let claim = claims[name] { return claim.isNull ? nil : claim }
        var members = claims
        var found: JSONText?
        for part in name.split(separator: ".") {
            guard found == nil || found?.members != nil else { return nil }
            if let inner = found?.members { members = inner }
            guard let next = members[String(part)], !next.isNull else { return nil }
            found = next
        }
        return found
    }

    /// A claim that is a text or a list of texts; nil when it is neither.
    func texts(_ name: String) -> [String]? {
        guard let claim = claim(name) else { return nil }
        if let text = claim.stringValue { return [text] }
        guard let texts = claim.elements?.map(\.stringValue), !texts.contains(nil) else { return nil }
        return texts.compactMap(\.self)
    }

    /// A claim that is a time, in seconds since 1970; nil when it is none.
    func seconds(_ name: String) -> Double? {
        guard let value = claims[name]?.doubleValue, value.isFinite, value >= 0 else { return nil }
        return value
    }
}
