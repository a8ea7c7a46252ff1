import Daybook

/// What the index keeps of an event besides its texts: 128 bytes, two cache lines. The first holds what queries order
/// and filter by, the second what only an answer or a change needs.
///
/// Rows rather than columns, because the work is random access to single events (a change, a look-up, a page through a
/// posting): a row costs one or two cache misses where twenty columns would cost twenty.
struct Row: TextOwner {
    // What orders rows, and what they are filtered by.
    /// When it happened, in microseconds: as the publisher said, or else ``createdTime``.
    var createdAt: Int64
    /// The log time of the `created` record.
    var createdTime: Int64
    var createdOffset: Int64
    /// The number of its partition in the index.
    var partition: UInt32
    /// ``EventStatus/number``.
    var status: UInt8
    var traits: RowTraits
    var flags: RowFlags
    var reserved: UInt8 = 0
    // Numbers of interned values; 0 is none.
    var topic: UInt32
    var project: UInt32
    var user: UInt32
    var sender: UInt32
    var hash: UInt32
    var dependsOn: UInt32
    var progress: Double

    // The rest.
    var idHigh: UInt64
    var idLow: UInt64
    /// The log time of the last record.
    var updatedAt: Int64
    var lastOffset: Int64
    /// The record whose value is the payload; -1 when there is no payload.
    var payloadOffset: Int64
    var retries: Int64
    var senderType: UInt32
    var actor: UInt32
    /// Description, summary and the rarer attributes (``TextBlock``).
    var text: TextArena.Reference

    @inline(__always)
    var id: EventID { EventID(high: idHigh, low: idLow) }
    /// Whether queries find it.
    var isVisible: Bool { flags.isDisjoint(with: [.free, .shadowed, .expired]) }
    var isFree: Bool { flags.contains(.free) }
}

/// What is true of a row.
struct RowFlags: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// The row holds no event.
    static let free = RowFlags(rawValue: 1 << 0)
    /// Another partition has a live event with this id whose `created` comes first.
    static let shadowed = RowFlags(rawValue: 1 << 1)
    /// Over the index's bounds: found by its id only, and only because unfinished events depend on it.
    static let expired = RowFlags(rawValue: 1 << 2)
    /// The publisher gave `createdAt`.
    static let explicitCreatedAt = RowFlags(rawValue: 1 << 3)
}

/// Three small enumerations in one byte.
struct RowTraits: BitwiseCopyable {
    private var bits: UInt8

    init(severity: Severity, kind: EventKind, operation: EntityOperation?) {
        let operationNumber: UInt8 =
            switch operation {
            case nil: 0
            case .creation: 1
            case .update: 2
            case .deletion: 3
            case .submission: 4
            }
        let severityNumber: UInt8 =
            switch severity {
            case .informational: 0
            case .warning: 1
            case .error: 2
            }
        bits = severityNumber | (kind == .dataset ? 1 : 0) << 2 | operationNumber << 3
    }

    var severity: Severity {
        switch bits & 3 {
        case 0: .informational
        case 1: .warning
        default: .error
        }
    }

    var kind: EventKind { bits & 4 == 0 ? .standard : .dataset }

    var operation: EntityOperation? {
        switch bits >> 3 {
        case 1: .creation
        case 2: .update
        case 3: .deletion
        case 4: .submission
        default: nil
        }
    }
}

extension EventStatus {
    static let count = 6

    var number: UInt8 {
        switch self {
        case .pending: 0
        case .inProgress: 1
        case .finished: 2
        case .failed: 3
        case .aborted: 4
        case .restarted: 5
        }
    }

    init(number: UInt8) {
        switch number {
        case 0: self = .pending
        case 1: self = .inProgress
        case 2: self = .finished
        case 3: self = .failed
        case 4: self = .aborted
        default: self = .restarted
        }
    }

    /// Whether the work behind the event is over, for better or worse.
    var isDone: Bool { self == .finished || self == .failed || self == .aborted }
}

/// The place of an event among all events, which queries go by: when it happened, then the global order of its `created`
/// record (log time, stream, partition, offset).
struct SortKey: Comparable, BitwiseCopyable {
    var createdAt: Int64
    var time: Int64
    /// The rank of stream and partition among those of the index.
    var rank: UInt32
    var offset: Int64

    @inline(__always)
    static func < (a: SortKey, b: SortKey) -> Bool {
        if a.createdAt != b.createdAt { return a.createdAt < b.createdAt }
        if a.time != b.time { return a.time < b.time }
        if a.rank != b.rank { return a.rank < b.rank }
        return a.offset < b.offset
    }
}
