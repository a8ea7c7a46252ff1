import AsyncHTTPClient
import Synchronization

/// Connects to a webhook's host, at addresses that were checked and at no others.
///
/// A name is looked up, all its addresses are checked, and the client is told one of them: it never looks the name up
/// itself, so that a name server that answers differently the second time gains nothing. Host header, SNI and
/// certificate stay those of the name.
final class WebhookConnection: Sendable {
    /// Names are looked up again after this time, and after a failure to connect.
    private static let lifetime = Duration.seconds(60)

    /// An address that is not to be connected to.
    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    private struct State {
        var client: HeldHTTPClient?
        var address: NetworkAddress?
        var checkedAt = ContinuousClock.now
        /// Where the last connection failed, to be tried last.
        var failed: NetworkAddress?
    }

    private let target: WebhookTarget
    /// What to do about an address that is not public; nil allows them.
    private let remedy: String?
    private let lookup: AddressLookup
    private let state = Mutex(State())

    init(_ target: WebhookTarget, remedy: String?, lookup: AddressLookup) {
        self.target = target
        self.remedy = remedy
        self.lookup = lookup
    }

    /// The host's addresses.
    ///
    /// - Throws: ``Refused`` when one of them is special and that is not allowed: who answers with a public and a
    ///   private address is not to be trusted with the choice.
    func addresses() async throws -> [NetworkAddress] {
        let addresses = try await lookup.addresses(target.host)
        guard let remedy else { return addresses }
        for address in addresses {
            guard let use = address.specialUse else { continue }
            let name = target.host == address.description ? target.host : "\(target.host), which is \(address),"
            throw Refused(description: "\(name) is no public address (\(use)); \(remedy)")
        }
        return addresses
    }

    /// A client that connects to a checked address.
    func client() async throws -> HeldHTTPClient {
        let present = state.withLock { state in
            state.checkedAt.duration(to: .now) < Self.lifetime ? state.client : nil
        }
        if let present { return present }
        let addresses = try await addresses()
        return state.withLock { state in
            state.checkedAt = .now
            if let client = state.client, let address = state.address, addresses.contains(address) { return client }
            let address = addresses.first { $0 != state.failed } ?? addresses[0]
            var configuration = HTTPAnswer.configuration
            configuration.dnsOverride = [target.host: address.description]
            let client = HeldHTTPClient(configuration)
            state.client = client
            state.address = address
            return client
        }
    }

    /// Forgets a client that could not connect.
    func discard(_ client: HeldHTTPClient) {
        state.withLock { state in
            guard state.client === client else { return }
            state.failed = state.address
            state.client = nil
            state.address = nil
        }
    }

    func close() {
        state.withLock { $0 = State() }
    }
}
