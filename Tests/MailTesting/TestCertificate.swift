import Foundation
import TestTools

/// A certificate of this machine that signed itself, made once in a run.
public enum TestCertificate {
    public struct Files: Sendable {
        public var certificate: String
        public var key: String
    }

    private static let made = Task { try await make() }

    public static var files: Files {
        get async throws { try await made.value }
    }

    private static func make() async throws -> Files {
        let directory = NSTemporaryDirectory() + "mail-tests-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let files = Files(certificate: directory + "/certificate.pem", key: directory + "/key.pem")
        try await Tool.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", files.key, "-out", files.certificate,
            ])
        return files
    }
}
