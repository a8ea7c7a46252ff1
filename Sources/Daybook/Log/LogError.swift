/// What went wrong in the log.
///
/// A struct over a private enum would hide the cases callers must tell apart, so this is an enum on purpose: each
/// case is one way to go on.
public enum LogError: Error, Sendable, Hashable {
    /// The log was closed.
    case closed
    /// The backend cannot do this.
    case unsupported(LogFeature)
    /// No such stream or partition.
    case unknownPartition(StreamPartition)
    /// An existing stream is not what was asked for.
    case streamMismatch(stream: String, reason: String)
    /// The position lies outside what is stored. `available` is the readable range.
    case outOfRange(position: Position, available: Watermarks)
    /// The record is larger than the log takes.
    case tooLarge(bytes: Int, maximum: Int)
    /// Another writer or member has taken over.
    case fenced
    /// The group has members.
    case groupActive(String)
    /// Another process has the log open.
    case inUse(String)
    /// No space left. Nothing was stored.
    case full(String)
    /// The log cannot be reached or does not answer now. Nothing was stored.
    case unavailable(String)
    /// The write was sent and not answered: it may be stored.
    case outcomeUnknown(String)
    /// What the log holds cannot be read: it is damaged.
    case corrupt(String)
    /// The log refuses (no permission, bad configuration). Trying again is of no use.
    case refused(String)
    /// An earlier record of the same partition in the same batch failed, so this one was not tried.
    case precedingFailed

    /// Whether the same call may succeed later without anybody changing anything.
    public var isRetriable: Bool {
        switch self {
        case .unavailable, .outcomeUnknown, .full, .precedingFailed: true
        default: false
        }
    }

    /// Whether the write this error answers may be stored all the same.
    public var mayBeStored: Bool {
        if case .outcomeUnknown = self { true } else { false }
    }
}

extension LogError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .closed: "the log is closed"
        case .unsupported(let feature): "this log cannot do \(feature.rawValue)"
        case .unknownPartition(let partition): "there is no partition \(partition)"
        case .streamMismatch(let stream, let reason): "stream \(stream): \(reason)"
        case .outOfRange(let position, let available):
            "position \(position) is outside what is stored (\(available.low) up to \(available.end))"
        case .tooLarge(let bytes, let maximum): "the record has \(bytes) bytes; the log takes \(maximum) at most"
        case .fenced: "another writer has taken over"
        case .groupActive(let group): "group \(group) has members; stop them first"
        case .inUse(let what): what
        case .full(let what): "no space left: \(what)"
        case .unavailable(let what): "the log cannot be reached: \(what)"
        case .outcomeUnknown(let what): "the write was sent and not answered: \(what)"
        case .corrupt(let what): "the log is damaged: \(what)"
        case .refused(let what): what
        case .precedingFailed: "an earlier record of the same partition failed, so this one was not tried"
        }
    }
}
