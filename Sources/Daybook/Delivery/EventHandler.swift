/// Takes what a registration delivers: at least once, in order per ordering key.
///
/// A handler may be given deliveries of different ordering keys at once, each in a call of its own.
public protocol EventHandler: Sendable {
    /// The largest number of deliveries it wants in one call.
    var batchSize: Int { get }

    /// How long a batch that is not full may wait for more deliveries before it is handed over, counted from its first
    /// one. Zero hands over what is there. Who delivers does the waiting, so that a handler never holds deliveries back:
    /// ``handle(_:)`` settles what it is given.
    var linger: Duration { get }

    /// Whether it bounds the time that a call takes by itself, because a call waits for something that need not come soon.
    /// Else the registration's attempt time-out holds.
    var boundsItself: Bool { get }

    /// Whether each of the records is to be delivered, as far as that can be told before they are read in full. True may
    /// turn out to be needless, false not: the record is passed over for good. Nil stands for all.
    func wants(_ records: [StoredRecord]) -> [Bool]?

    /// Makes ready, before the first delivery: opens files, checks settings, looks secrets up.
    ///
    /// - Throws: what keeps it from working at all, with a message that names the setting.
    func prepare() async throws

    /// Handles deliveries, in their order; at least one, at most ``batchSize``.
    ///
    /// When it returns, all of them are settled. When it throws, none is: they are delivered again, a batch then one by
    /// one. A cancelled call should end soon; its outcome does not count unless it returns.
    ///
    /// - Throws: a ``HandlerFailure`` to say what is to become of the delivery; any other error counts as
    ///   ``HandlerFailure/retriable(_:after:)``.
    func handle(_ deliveries: [Delivery]) async throws

    /// Deliveries come now, for the first time or again after all were withdrawn. Called before ``handle(_:)`` is.
    func admit() async

    /// Gives up calls that only wait: their deliveries go elsewhere. The calls end with ``HandlerFailure/withdrawn``.
    ///
    /// - Parameter partitions: whose deliveries; nil is all.
    func withdraw(_ partitions: Set<StreamPartition>?) async

    /// Finishes what is in hand and frees what ``prepare()`` took. Nothing is delivered afterwards.
    func close() async
}

extension EventHandler {
    public var batchSize: Int { 1 }
    public var linger: Duration { .zero }
    public var boundsItself: Bool { false }
    public func wants(_ records: [StoredRecord]) -> [Bool]? { nil }
    public func prepare() async throws {}
    public func admit() async {}
    public func withdraw(_ partitions: Set<StreamPartition>?) async {}
    public func close() async {}
}
