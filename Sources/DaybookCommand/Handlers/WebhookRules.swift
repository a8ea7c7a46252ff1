/// Where the webhooks of registrations may go, which anybody may make who can reach the server.
struct WebhookRules: Hashable, Sendable {
    /// Addresses outside the public Internet: this machine, the network that it is in.
    var allowsPrivateAddresses = false
    /// `http://`, over which anybody on the way can read.
    var allowsHTTP = false
}
