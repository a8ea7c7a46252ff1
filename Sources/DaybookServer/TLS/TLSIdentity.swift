import NIOSSL
import Synchronization

/// What a server proves itself with: a certificate with its chain, and the private key. Read again while the server runs,
/// so that a renewed certificate needs no restart.
public final class TLSIdentity: Sendable {
    /// Two files' contents, in PEM.
    public struct Files: Equatable, Sendable {
        public var certificate: [UInt8]
        public var key: [UInt8]

        public init(certificate: [UInt8], key: [UInt8]) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Why files cannot be used.
    public struct Unusable: Error, CustomStringConvertible, Sendable {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// What reading the files again came to.
    enum Renewal: Sendable {
        case unchanged, renewed
        /// What there was before stays in use. Told once for the same contents.
        case failed(String)
    }

    /// Counts how often the identity was renewed, so that what was made of it can be told from what it is now.
    struct Version: Sendable {
        var number: Int
        var configuration: TLSConfiguration
        /// Seconds since 1970.
        var notValidAfter: Int
    }

    private struct State {
        var version: Version
        var files: Files
        /// What could not be read the last time it was tried.
        var lastFailure: String?
    }

    private let read: @Sendable () throws -> Files
    private let state: Mutex<State>

    /// - Parameter read: gives what the files have now.
    /// - Throws: what `read` throws; ``Unusable``.
    public init(read: @escaping @Sendable () throws -> Files) throws {
        self.read = read
        let files = try read()
        let (configuration, end) = try Self.configuration(files)
        state = Mutex(
            State(version: Version(number: 0, configuration: configuration, notValidAfter: end), files: files))
    }

    /// When the certificate ends, in seconds since 1970.
    public var notValidAfter: Int { state.withLock { $0.version.notValidAfter } }

    var version: Version { state.withLock { $0.version } }

    /// Reads the files again. Blocks while it does.
    func renew() -> Renewal {
        let outcome = Result { () -> (Files, TLSConfiguration, Int)? in
            let files = try read()
            if state.withLock({ $0.files == files }) { return nil }
            let (configuration, end) = try Self.configuration(files)
            return (files, configuration, end)
        }
        return state.withLock { state in
            switch outcome {
            case .success(nil):
                state.lastFailure = nil
                return .unchanged
            case .success(let (files, configuration, end)?):
                let number = state.version.number + 1
                state = State(
                    version: Version(number: number, configuration: configuration, notValidAfter: end), files: files)
                return .renewed
            case .failure(let error):
                let failure = "\(error)"
                if state.lastFailure == failure { return .unchanged }
                state.lastFailure = failure
                return .failed(failure)
            }
        }
    }

    /// - Returns: also the end of the first certificate to end, in seconds since 1970.
    private static func configuration(_ files: Files) throws(Unusable) -> (TLSConfiguration, Int) {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(files.certificate)
        } catch {
            throw Unusable("the certificate is no PEM file with certificates")
        }
        guard !chain.isEmpty else { throw Unusable("the certificate's file has no certificate in it") }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: files.key, format: .pem)
        } catch {
            throw Unusable("the key is no PEM file with a private key (one that needs a password cannot be used)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            // The library does not say more in words that can be shown.
            throw Unusable("the key is not that of the first certificate in the certificate's file")
        }
        return (configuration, chain.map { Int($0.notValidAfter) }.min() ?? 0)
    }
}
