import Daybook
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ServiceLifecycle

/// `GET /api/replay`: the records of a stretch of the past, one JSON object a line.
///
/// Behind the records of each batch stands a line `{"resume": "…"}`: given as `from` it makes a later replay go on
/// there, with nothing lost and nothing repeated. The last line of a replay that came to its end says
/// `{"resume": "…", "end": true}`; one that broke off has no such line.
struct ReplayRoutes {
    let catalog: StreamCatalog

    func add(to routes: RouteTable) {
        routes.add("/api/replay", [.get: { request, _ in try await replay(request) }])
    }

    private func replay(_ request: Request) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["topic", "from", "to"])
        let start = try Self.start(query)
        if case .positions(let vector) = start { try await check(vector) }
        let replay = Replay(
            catalog: catalog,
            request: .init(
                topics: try query.topics("topic"), start: start, end: try query.time("to").map { .time($0) } ?? .now))
        return Response(
            status: .ok, headers: [.contentType: BodyType.ndjson.name],
            body: ResponseBody { writer in
                let end = try await replay.run { batch in
                    // A replay may take hours; its caller can resume it elsewhere.
                    if Task.isShuttingDownGracefully { throw CancellationError() }
                    try await writer.write(Self.lines(of: batch))
                }
                try await writer.write(Self.line(resume: end, isEnd: true))
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

    /// A position that is lost must be told with a status, before the answer begins.
    private func check(_ vector: PositionVector) async throws {
        for partition in vector.offsets.keys {
            guard let stream = catalog.specification(named: partition.stream), partition.partition < stream.partitions
            else { throw Problem.parameter("from", "there is no partition \(partition) in this log") }
        }
        let marks = try await catalog.log.watermarks(of: Array(vector.offsets.keys))
        for (partition, offset) in vector.offsets {
            guard let range = marks[partition], offset < range.low || offset > range.end else { continue }
            throw Problem(
                .gone,
                "position \(Position(partition, offset)) is no longer stored: \(partition) holds \(range.low) up to \(range.end)"
            )
        }
    }

    private static func lines(of batch: Replay.Batch) -> ByteBuffer {
        var json = JSONWriter(capacity: batch.records.count * 512)
        for stored in batch.records {
            let position = Position(batch.partition, stored.offset)
            do {
                try RecordDecoder.decode(stored.record).write(to: &json, position: position, time: stored.time)
            } catch {
                // An auditor sees also what is no event.
                json.beginObject()
                json.key("position")
                json.string(position.description)
                json.key("time")
                json.string(stored.time.description)
                json.key("change")
                json.string("invalid")
                json.key("error")
                json.string("\(error)")
                json.endObject()
            }
            json.endLine()
        }
        write(batch.resume, isEnd: false, to: &json)
        return ByteBuffer(bytes: json.bytes)
    }

    private static func line(resume: PositionVector, isEnd: Bool) -> ByteBuffer {
        var json = JSONWriter()
        write(resume, isEnd: isEnd, to: &json)
        return ByteBuffer(bytes: json.bytes)
    }

    private static func write(_ resume: PositionVector, isEnd: Bool, to json: inout JSONWriter) {
        json.beginObject()
        json.key("resume")
        json.string(resume.description)
        if isEnd {
            json.key("end")
            json.bool(true)
        }
        json.endObject()
        json.endLine()
    }
}
