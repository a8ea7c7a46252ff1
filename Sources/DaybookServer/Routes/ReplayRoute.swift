import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ServiceLifecycle

/// `GET /api/replay`: the records of a stretch of the past, one JSON object a line.
///
/// Behind the records of each batch stands a line `{"resume": "…"}`: given as `from` it makes a later replay go on
/// there, with nothing lost and nothing repeated. The last line of a replay that came to its end says
/// `{"resume": "…", "end": true}`; one that broke off has no such line. With `follow=true` it has no end: it goes on with
/// what is appended, and says where it is at least every 15 seconds.
struct ReplayRoute {
    let parts: ServerParts

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["topic", "from", "to", "follow"])
        let catalog = try parts.open().catalog
        let topics = try query.topics("topic")
        let end = try Self.end(query)
        let start = try await Self.vector(for: Self.start(query), in: catalog)
        let access = context.access
        let filter = Filter.both(access.caller.filter(.replay), access.caller.reading)
        let replay = Replay(
            catalog: catalog, request: .init(topics: topics, filter: filter, start: .positions(start), end: end))
        let keepAliveInterval = parts.options.keepAliveInterval
        return Response(
            status: .ok, headers: [.contentType: BodyType.ndjson.name],
            body: ResponseBody { writer in
                let lines = ReplayLines(writer, start: start)
                // It may take hours, or never end; a caller can resume it elsewhere.
                try await cancelWhenGracefulShutdown {
                    try await access.whileValid {
                        try await lines.keepAlive(every: keepAliveInterval) {
                            let end = try await replay.run { try await lines.send($0) }
                            try await lines.end(at: end)
                        }
                    }
                }
                try await writer.finish(nil)
            })
    }

    private static func start(_ query: QueryParameters) throws(Problem) -> Replay.Start {
        switch try query.one("from") {
        case nil, "earliest": return .earliest
        case "latest": return .latest
        case let text?:
            if let time = QueryParameters.time(text) { return .time(time) }
            if let vector = PositionVector(text) { return .positions(vector) }
            throw .parameter(
                "from", "'\(text)' is neither earliest, latest, an ISO 8601 time, nor what a replay gave as 'resume'")
        }
    }

    private static func end(_ query: QueryParameters) throws(Problem) -> Replay.End {
        let time = try query.time("to")
        guard try query.flag("follow") ?? false else { return time.map { .time($0) } ?? .now }
        guard time == nil else { throw .parameter("follow", "excludes 'to': a replay that follows has no end") }
        return .never
    }

    /// Where every partition starts; a position that is lost must be told with a status, before the answer begins.
    static func vector(for start: Replay.Start, in catalog: StreamCatalog) async throws -> PositionVector {
        do {
            let log = catalog.log
            let marks = try await log.watermarks(of: catalog.historyStreams.flatMap(\.allPartitions))
            switch start {
            case .earliest: return PositionVector(marks.mapValues(\.low))
            case .latest: return PositionVector(marks.mapValues(\.end))
            case .time(let time):
                var vector = PositionVector()
                for partition in marks.keys { vector[partition] = try await log.offset(in: partition, at: time) }
                return vector
            case .positions(let vector):
                try check(vector, marks)
                return PositionVector(marks.mapValues(\.low).merging(vector.offsets) { $1 })
            }
        } catch let error as LogError {
            throw Problem.unavailable("the log cannot be read now: \(error)")
        }
    }

    private static func check(_ vector: PositionVector, _ marks: [StreamPartition: Watermarks]) throws(Problem) {
        for (partition, offset) in vector.offsets {
            guard let range = marks[partition] else {
                throw .parameter("from", "there is no partition \(partition) in this log")
            }
            guard offset < range.low || offset > range.end else { continue }
            throw Problem(
                .gone,
                "position \(Position(partition, offset)) is not stored: \(partition) holds \(range.low) up to \(range.end)"
            )
        }
    }
}
