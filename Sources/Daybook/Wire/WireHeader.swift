/// The headers Daybook writes and reads: CloudEvents 1.0 attributes in the Kafka protocol binding's binary mode, and
/// our own attributes as extensions (lower-case letters and digits only, as CloudEvents asks).
public enum WireHeader: UInt8, Sendable, CaseIterable {
    case specversion, id, source, type, time, contentType
    case eventID, op, changes, actor, basis
    case hash, senderType, project, user, dependsOn, status, retries, progress, description, summary
    case severity, kind, entityType, entityID, operation, attributeName, attributeValue, metadata, originalID
    case partitionKey, traceparent, recipients

    /// The header's name.
    public var name: StaticString {
        switch self {
        case .specversion: "ce_specversion"
        case .id: "ce_id"
        case .source: "ce_source"
        case .type: "ce_type"
        case .time: "ce_time"
        case .contentType: "content-type"
        case .eventID: "ce_eventid"
        case .op: "ce_op"
        case .changes: "ce_changes"
        case .actor: "ce_actor"
        case .basis: "ce_basis"
        case .hash: "ce_hash"
        case .senderType: "ce_sendertype"
        case .project: "ce_project"
        case .user: "ce_user"
        case .dependsOn: "ce_dependson"
        case .status: "ce_status"
        case .retries: "ce_retries"
        case .progress: "ce_progress"
        case .description: "ce_description"
        case .summary: "ce_summary"
        case .severity: "ce_severity"
        case .kind: "ce_kind"
        case .entityType: "ce_entitytype"
        case .entityID: "ce_entityid"
        case .operation: "ce_operation"
        case .attributeName: "ce_attributename"
        case .attributeValue: "ce_attributevalue"
        case .metadata: "ce_metadata"
        case .originalID: "ce_originalid"
        case .partitionKey: "ce_partitionkey"
        case .traceparent: "traceparent"
        case .recipients: "ce_recipients"
        }
    }

    /// The known header of this name; nil for foreign ones. Names are matched exactly, in lower case.
    public init?(name: UnsafeRawBufferPointer) {
        // Told apart by length and one or two letters, then checked in full: this runs a dozen times for each record.
        guard let candidate = Self.candidate(name), name.isEqual(to: candidate.name) else { return nil }
        self = candidate
    }

    private static func candidate(_ name: UnsafeRawBufferPointer) -> WireHeader? {
        guard name.count >= 5 else { return nil }
        let third = name[3]
        switch name.count {
        case 5: return third == UInt8(ascii: "o") ? .op : .id
        case 7:
            switch third {
            case UInt8(ascii: "t"): return name[4] == UInt8(ascii: "y") ? .type : .time
            case UInt8(ascii: "h"): return .hash
            case UInt8(ascii: "u"): return .user
            case UInt8(ascii: "k"): return .kind
            default: return nil
            }
        case 8: return third == UInt8(ascii: "a") ? .actor : .basis
        case 9: return third == UInt8(ascii: "s") ? (name[4] == UInt8(ascii: "o") ? .source : .status) : nil
        case 10:
            switch third {
            case UInt8(ascii: "e"): return .eventID
            case UInt8(ascii: "c"): return .changes
            case UInt8(ascii: "p"): return .project
            case UInt8(ascii: "r"): return .retries
            case UInt8(ascii: "s"): return .summary
            default: return nil
            }
        case 11:
            switch third {
            case UInt8(ascii: "p"): return .progress
            case UInt8(ascii: "s"): return .severity
            case UInt8(ascii: "e"): return .entityID
            case UInt8(ascii: "m"): return .metadata
            case UInt8(ascii: "c"): return .traceparent
            default: return nil
            }
        case 12:
            switch third {
            case UInt8(ascii: "t"): return .contentType
            case UInt8(ascii: "d"): return .dependsOn
            case UInt8(ascii: "o"): return .operation
            default: return nil
            }
        case 13:
            switch third {
            case UInt8(ascii: "s"): return .senderType
            case UInt8(ascii: "e"): return .entityType
            case UInt8(ascii: "o"): return .originalID
            case UInt8(ascii: "r"): return .recipients
            default: return nil
            }
        case 14: return third == UInt8(ascii: "d") ? .description : .specversion
        case 15: return .partitionKey
        case 16: return .attributeName
        case 17: return .attributeValue
        default: return nil
        }
    }
}
