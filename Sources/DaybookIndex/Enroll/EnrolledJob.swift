public import Daybook

/// A job that the asking holder has.
public struct EnrolledJob: Hashable, Sendable {
    public var id: EventID
    /// The source.
    public var dependsOn: EventID
    public var hash: String
    public var status: EventStatus
    public var retries: Int
    /// The last record that tells of it.
    public var position: Position
}
