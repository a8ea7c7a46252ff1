/// Where a new registration begins.
public enum StartPoint: Hashable, Sendable {
    /// With the oldest record that is still there.
    case earliest
    /// With what comes after it was made.
    case latest
    /// With the first record of each partition that has this log time or a later one.
    case time(Timestamp)
    /// At these offsets; partitions that are not named begin at their beginning.
    case positions(PositionVector)
}

extension StartPoint: LosslessStringConvertible {
    public var description: String {
        switch self {
        case .earliest: "earliest"
        case .latest: "latest"
        case .time(let time): time.description
        case .positions(let positions): positions.description
        }
    }

    /// Reads `earliest`, `latest`, an RFC 3339 time or positions (`stream:0@12,1@7`); nil when it is none of these.
    public init?(_ text: String) {
        switch text {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            if let time = Timestamp(text) {
                self = .time(time)
            } else if let positions = PositionVector(text), !positions.offsets.isEmpty {
                self = .positions(positions)
            } else {
                return nil
            }
        }
    }
}

extension EventLog {
    /// The offsets of a starting point in these partitions, inside what is stored.
    ///
    /// - Throws: ``LogError/outOfRange(position:available:)`` when a named offset is behind its partition's end.
    func offsets(at start: StartPoint, in partitions: [StreamPartition]) async throws -> PositionVector {
        let ranges = try await watermarks(of: partitions)
        switch start {
        case .earliest: return PositionVector(ranges.mapValues(\.low))
        case .latest: return PositionVector(ranges.mapValues(\.end))
        case .time(let time):
            var offsets: [StreamPartition: Int64] = [:]
            for partition in partitions {
                offsets[partition] = max(try await offset(in: partition, at: time), ranges[partition]?.low ?? 0)
            }
            return PositionVector(offsets)
        case .positions(let wanted):
            var offsets = ranges.mapValues(\.low)
            for (partition, offset) in wanted.offsets {
                guard let range = ranges[partition] else { throw LogError.unknownPartition(partition) }
                guard offset <= range.end, offset >= 0 else {
                    throw LogError.outOfRange(position: Position(partition, offset), available: range)
                }
                offsets[partition] = max(offset, range.low)
            }
            return PositionVector(offsets)
        }
    }
}
