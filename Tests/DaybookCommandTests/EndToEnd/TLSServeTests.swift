import Foundation
import TestTools
import Testing

@testable import DaybookCommand

/// A server with a certificate, and those who talk to it.
struct TLSServeTests {
    private let directory: TemporaryDirectory
    private let certificates: TestCertificates
    private let authority: String
    private let certificate: String
    private let key: String

    init() throws {
        directory = try TemporaryDirectory()
        certificates = try TestCertificates()
        authority = try directory.file("authority.pem", certificates.authority)
        let identity = try certificates.server()
        certificate = try directory.file("certificate.pem", identity.certificate)
        key = try directory.file("key.pem", identity.key)
    }

    private var options: [String] {
        [
            "--port", "0", "--data", directory.path + "/data", "--tls-certificate", certificate, "--tls-key", key,
            "--host", "localhost",
        ]
    }

    @Test func `the commands and curl work with an authority of one's own, and not without`() async throws {
        let server = try await ServerProcess.start(options)
        #expect(server.url.hasPrefix("https://"))
        let published = try await server.daybook("publish", "--topic", "a.b", "--ca-certificate", authority)
        #expect(published.code == 0, "\(published.errors)")
        let listed = try await Program.run(
            Program.daybook, ["list", "--topic", "a.*", "--json"],
            environment: ["DAYBOOK_SERVER": server.url, "DAYBOOK_CA_CERTIFICATE": authority])
        #expect(listed.lines.count == 1)
        let untrusted = try await server.daybook("list")
        #expect(untrusted.code == CommandFailure.Kind.unavailable.rawValue)
        #expect(untrusted.errors.contains("--ca-certificate"))
        let curl = try await Program.run(
            "/usr/bin/curl", ["--silent", "--fail", "--cacert", authority, server.url + "/livez"])
        #expect(curl.output.contains("ok"))
        #expect(await server.stop() == 0)
    }

    @Test func `a certificate that was renewed is used without a restart`() async throws {
        let server = try await ServerProcess.start(options)
        let identity = try certificates.server(named: "renewed")
        _ = try directory.file("key.pem", identity.key)
        _ = try directory.file("certificate.pem", identity.certificate)
        while !server.errors.contains("a renewed certificate is in use") {
            try #require(server.isRunning)
            try await Task.sleep(for: .milliseconds(100))
        }
        let curl = try await Program.run(
            "/usr/bin/curl", ["--silent", "--verbose", "--cacert", authority, server.url + "/livez"])
        #expect(curl.errors.contains("CN=renewed"))
        await server.stop()
    }

    @Test func `files that cannot be used stop the start, and the doctor tells, too`() async throws {
        let other = try directory.file("other.pem", certificates.server().key)
        for (files, words) in [
            (["--tls-certificate", certificate], "--tls-key"), (["--tls-key", key], "--tls-certificate"),
            (["--tls-certificate", certificate, "--tls-key", other], "not that of"),
            (["--tls-certificate", certificate + "x", "--tls-key", key], "cannot be read"),
            (["--tls-certificate", key, "--tls-key", key], "no PEM file with certificates"),
        ] {
            let data = directory.path + "/none"
            let served = try await Program.run(Program.daybook, ["serve", "--port", "0", "--data", data] + files)
            #expect(served.code == CommandFailure.Kind.usage.rawValue)
            #expect(served.errors.contains(words), "\(served.errors)")
            #expect(!FileManager.default.fileExists(atPath: data), "nothing was begun")
            let examined = try await Program.run(Program.daybook, ["doctor", "--port", "0", "--data", data] + files)
            #expect(examined.code == 1)
            #expect(examined.output.contains(words), "\(examined.output)")
        }
    }

    @Test func `a certificate that ends soon is told of`() async throws {
        #expect(TLSExamination.finding(notValidAfter: Int(Date.now.timeIntervalSince1970) - 1).verdict == .failed)
        #expect(
            TLSExamination.finding(notValidAfter: Int(Date.now.timeIntervalSince1970) + 86_400 * 5).verdict == .warning)
        #expect(TLSExamination.finding(notValidAfter: Int(Date.now.timeIntervalSince1970) + 86_400 * 60).verdict == .ok)
        let server = try await ServerProcess.start(options)
        #expect(server.errors.contains("the certificate of TLS: it ends in 0 days"))
        await server.stop()
    }
}
