/// Why a snapshot of the index is not used. The index is then made anew from the log, so that nothing but time is lost.
public enum SnapshotRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is none.
    case missing
    /// It cannot be read.
    case unreadable(String)
    /// It was written by another version of Daybook.
    case otherVersion
    /// It is torn or damaged.
    case damaged
    /// It was made from another log, or with another prefix.
    case otherLog(String)
    /// It was made with other bounds, and so holds other events.
    case otherBounds
    /// The log no longer holds, or does not yet hold, what the snapshot goes on from.
    case outOfRange(String)
    /// The log holds another record where the snapshot's last one should be.
    case otherHistory(String)
    /// The log may have forgotten since what the snapshot does not know.
    case tooOld

    public var description: String {
        switch self {
        case .missing: "there is no snapshot"
        case .unreadable(let reason): "the snapshot cannot be read: \(reason)"
        case .otherVersion: "the snapshot was written by another version"
        case .damaged: "the snapshot is torn or damaged"
        case .otherLog(let what): "the snapshot was made from another log: \(what)"
        case .otherBounds: "the snapshot was made with other bounds of the index"
        case .outOfRange(let what): "the snapshot does not go with what the log holds: \(what)"
        case .otherHistory(let what): "the log holds other records than the snapshot was made from: \(what)"
        case .tooOld: "the snapshot is too old"
        }
    }
}
