import DaybookServer

/// The files of a server's certificate.
struct TLSPaths: Sendable {
    private static let maximumBytes = 1 << 20

    var certificate: String?
    var key: String?

    /// - Returns: nil when there are none.
    /// - Throws: ``CommandFailure`` when one is missing, cannot be read, or does not go with the other.
    func identity() throws -> TLSIdentity? {
        guard certificate != nil || key != nil else { return nil }
        guard let certificate, let key else {
            throw CommandFailure(.usage, "TLS needs both files: --tls-certificate and --tls-key")
        }
        do {
            return try TLSIdentity {
                TLSIdentity.Files(
                    certificate: try Self.read(certificate, "certificate"), key: try Self.read(key, "key"))
            }
        } catch let error as TLSIdentity.Unusable {
            throw CommandFailure(.usage, "TLS with \(certificate) and \(key): \(error)")
        }
    }

    private static func read(_ path: String, _ what: String) throws -> [UInt8] {
        do {
            return try InputFile(path: path).readAll(limit: maximumBytes)
        } catch {
            throw CommandFailure(.usage, "the TLS \(what) \(path) cannot be read: \(error)")
        }
    }
}
