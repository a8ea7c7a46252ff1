/// A client that is connected now, such as a WebSocket or a session of a user interface: broadcast callbacks run once for
/// each.
public protocol LiveConnection: Sendable {
    /// Tells connections apart: while a delivery is tried again, its callbacks are not run again for a connection for which
    /// they were.
    var id: String { get }
}

/// Gives the connections that there are at the moment.
public typealias LiveConnections = @Sendable () async throws -> [any LiveConnection]

/// A broadcast callback was registered with a processor that was given no ``LiveConnections``.
public struct NoLiveConnections: Error, Hashable, Sendable, CustomStringConvertible {
    public init() {}

    public var description: String {
        "broadcasting needs to know the live connections: give the EventProcessor its connections"
    }
}
