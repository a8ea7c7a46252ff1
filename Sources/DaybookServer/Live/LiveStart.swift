import Daybook
import HTTPTypes

/// From where a subscriber wants to be told.
enum LiveStart {
    case earliest
    case latest
    /// What the log took from this time on.
    case time(Timestamp)
    /// What came behind a record: in its partition behind it, in the others from its log time on.
    case record(Position)
    /// What a token, or a replay's `resume`, says.
    case vector(PositionVector)

    /// Nil when it is none of these.
    init?(_ text: String) {
        switch text {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            if let position = Position(text) {
                self = .record(position)
            } else if let vector = PositionVector(text), !vector.offsets.isEmpty {
                self = .vector(vector)
            } else if let time = QueryParameters.time(text) {
                self = .time(time)
            } else {
                return nil
            }
        }
    }

    static let rule = "earliest, latest, an ISO 8601 time, a position, or a token that was given before"

    /// Where every partition starts, those of signals included.
    ///
    /// - Throws: ``Problem``: 400 for what this log never had, 410 for what it no longer has, 503.
    func vector(in catalog: StreamCatalog) async throws -> PositionVector {
        do {
            switch self {
            case .earliest: return try await Self.vector(.earliest, catalog) { marks, _ in marks.low }
            case .latest: return try await Self.vector(.latest, catalog) { marks, _ in marks.end }
            case .time(let time): return try await Self.vector(at: time, in: catalog)
            case .record(let position):
                guard let record = try await catalog.log.records(at: [position])[0] else {
                    throw Problem(.gone, "there is no record at \(position) any more")
                }
                var vector = try await Self.vector(at: record.time, in: catalog)
                vector[position.partition] = position.offset + 1
                return vector
            case .vector(let vector):
                let signals = Set(catalog.layout.signals.allPartitions)
                let history = PositionVector(vector.offsets.filter { !signals.contains($0.key) })
                // Signals that are gone are nothing that was promised to be kept.
                return try await Self.vector(.positions(history), catalog) { marks, partition in
                    max(marks.low, min(vector[partition] ?? marks.end, marks.end))
                }
            }
        } catch let error as LogError {
            throw Problem.unavailable("the log cannot be read now: \(error)")
        }
    }

    private static func vector(at time: Timestamp, in catalog: StreamCatalog) async throws -> PositionVector {
        var vector = try await ReplayRoute.vector(for: .time(time), in: catalog)
        for partition in catalog.layout.signals.allPartitions {
            vector[partition] = try await catalog.log.offset(in: partition, at: time)
        }
        return vector
    }

    private static func vector(
        _ start: Replay.Start, _ catalog: StreamCatalog, _ signals: (Watermarks, StreamPartition) -> Int64
    ) async throws -> PositionVector {
        var vector = try await ReplayRoute.vector(for: start, in: catalog)
        let partitions = catalog.layout.signals.allPartitions
        let marks = try await catalog.log.watermarks(of: partitions)
        for partition in partitions { vector[partition] = marks[partition].map { signals($0, partition) } }
        return vector
    }
}
