/// How events are gathered into one mail. Whichever limit is reached first makes a mail.
public struct EmailDigest: Hashable, Sendable {
    /// The most events in one mail, at least 2.
    public var count: Int
    /// How long the first event of a mail waits for others; with zero, only those that are there anyhow come along.
    public var time: Duration

    public init(count: Int = 100, time: Duration = .zero) {
        self.count = count
        self.time = time
    }
}
