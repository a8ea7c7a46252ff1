/// Who a subscriber is.
struct CallerIdentity: Hashable, Sendable {
    /// Nil when nobody said.
    var user: String?

    /// The one place where it is decided who may listen to live push, and as whom; nil refuses.
    ///
    /// As long as there are no API keys, whoever reaches the server may, and is who he says.
    static func decide(token: String?, claimedUser: String?) -> CallerIdentity? {
        CallerIdentity(user: claimedUser)
    }
}
