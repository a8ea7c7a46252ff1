import Foundation
import TestTools
import Testing

@testable import DaybookServer

struct TLSIdentityTests {
    private static func failure(_ files: TLSIdentity.Files) -> String? {
        do {
            _ = try TLSIdentity { files }
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `files that cannot be used are refused with the reason`() throws {
        let certificates = try TestCertificates()
        let one = TLSTests.files(try certificates.server())
        let other = TLSTests.files(try certificates.server())
        #expect(Self.failure(one) == nil)
        #expect(Self.failure(.init(certificate: one.certificate, key: other.key))?.contains("not that of") == true)
        #expect(Self.failure(.init(certificate: Array("x".utf8), key: one.key))?.contains("no PEM file") == true)
        #expect(Self.failure(.init(certificate: [], key: one.key)) != nil)
        #expect(
            Self.failure(.init(certificate: one.certificate, key: one.certificate))?.contains("private key") == true)
        #expect(Self.failure(.init(certificate: one.key, key: one.key)) != nil)
    }

    @Test func `a chain counts with its first certificate, and ends with its first end`() throws {
        let certificates = try TestCertificates()
        let end = Date.now + 3600
        let server = try certificates.server(until: end)
        let identity = try TLSIdentity {
            .init(
                certificate: Array((server.certificate + "\n" + certificates.authority).utf8),
                key: Array(server.key.utf8))
        }
        #expect(abs(Double(identity.notValidAfter) - end.timeIntervalSince1970) < 2)
    }

    @Test func `what is changed for the worse is told once and leaves what there was`() throws {
        let certificates = try TestCertificates()
        let good = TLSTests.files(try certificates.server())
        let renewed = TLSTests.files(try certificates.server())
        let files = Box(good)
        let identity = try TLSIdentity { files.value }
        func renew() -> String {
            switch identity.renew() {
            case .unchanged: "unchanged"
            case .renewed: "renewed"
            case .failed: "failed"
            }
        }
        #expect(renew() == "unchanged")
        // A new certificate lies there, its key not yet.
        files.value.certificate = renewed.certificate
        #expect(renew() == "failed")
        #expect(renew() == "unchanged")
        #expect(identity.version.number == 0)
        files.value.key = renewed.key
        #expect(renew() == "renewed")
        #expect(identity.version.number == 1)
        #expect(renew() == "unchanged")
    }
}
