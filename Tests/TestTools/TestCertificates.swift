import Crypto
public import Foundation
import SwiftASN1
import X509

/// An authority of its own, and certificates of servers that it signs.
public struct TestCertificates: Sendable {
    /// A certificate and its key, in PEM.
    public struct Identity: Sendable {
        public var certificate: String
        public var key: String
    }

    private let name: DistinguishedName
    private let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    /// The authority's own certificate, in PEM.
    public let authority: String

    public init(named text: String = "Daybook's test authority") throws {
        name = try DistinguishedName { CommonName(text) }
        authority = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey, notValidBefore: .now - 3600,
            notValidAfter: .now + 86_400, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            }, issuerPrivateKey: key
        ).serializeAsPEM().pemString
    }

    /// One for `localhost` and 127.0.0.1.
    public func server(until end: Date = .now + 86_400, named text: String = "localhost") throws -> Identity {
        let own = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: own.publicKey, notValidBefore: end - 172_800,
            notValidAfter: end, issuer: name, subject: try DistinguishedName { CommonName(text) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
            }, issuerPrivateKey: key)
        return Identity(
            certificate: try certificate.serializeAsPEM().pemString, key: try own.serializeAsPEM().pemString)
    }
}
