import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import ServiceLifecycle
import WebSocket

/// `GET /api/stream`: what happens, as it happens, as server-sent events.
///
/// Parameters: `topic` (patterns), `filter`, `on` (created, changed, deleted), `signals`, `from`, `user`. Each event's id
/// is a token; a browser that reconnects gives the last one back in `Last-Event-ID` and goes on there.
struct StreamRoute {
    let parts: ServerParts
    let live: LiveParts

    private static let parameters = ["topic", "filter", "on", "signals", "from", "user"]

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: Self.parameters)
        let access = context.access
        let selection = try Self.selection(query, access.caller)
        let start = try Self.start(query, request)
        let node = try parts.open()
        // A start that is not stored must be told with a status, before the answer begins.
        let vector: PositionVector?
        if let start { vector = try await start.vector(in: node.catalog) } else { vector = nil }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                // Proxies that gather answers would hold events back.
                .accelBuffering: "no",
            ],
            body: ResponseBody { [live] writer in
                let options = live.options
                let queue = EventStreamQueue(
                    maximumBytes: options.maximumWaitingBytes, maximumCount: options.maximumWaitingMessages)
                let loop = live.feed.loop(on: MultiThreadedEventLoopGroup.singleton.next())
                let subscriber = LiveSubscriber(
                    .records(selection), .eventStream, heartbeatInterval: options.keepAliveInterval, to: queue)
                let catchUp = LiveCatchUp(feed: live.feed, loop: loop, subscriber: subscriber, parts: node)
                try await loop.eventLoop.submit {
                    loop.add(subscriber)
                    if vector == nil { _ = loop.join(subscriber, at: nil) }
                    loop.greet(subscriber)
                }.get()
                let watch = Task { [keys = node.catalog.keys] in
                    let reason = try await keys.end(of: access.caller)
                    access.note("it was broken off: \(reason)")
                    queue.end(LiveEnd(code: .policyViolation, reason: reason))
                }
                let missed = vector.map { vector in Task { await catchUp.tell { try await catchUp.run(at: vector) } } }
                let outcome: Result<Void, any Error>
                do {
                    // The client comes back with its last id, to this server or to another.
                    try await withGracefulShutdownHandler {
                        try await Self.write(queue, to: &writer)
                    } onGracefulShutdown: {
                        queue.close()
                    }
                    outcome = .success(())
                } catch {
                    outcome = .failure(error)
                }
                missed?.cancel()
                watch.cancel()
                queue.close()
                loop.eventLoop.execute { loop.remove(subscriber) }
                try outcome.get()
                try await writer.finish(nil)
            })
    }

    private static func write(_ queue: EventStreamQueue, to writer: inout any ResponseBodyWriter) async throws {
        while let bytes = try await queue.next() { try await writer.write(bytes) }
        guard let reason = queue.reason else { return }
        let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
        try await writer.write(ByteBuffer(string: "event: closed\ndata: \(line)\n\n"))
    }

    private static func selection(_ query: QueryParameters, _ caller: Caller) throws(Problem) -> RecordSelection {
        let user = caller.user(claimed: try query.one("user"))
        var filter: Filter?
        if let text = try query.one("filter") {
            do throws(InvalidFilter) {
                filter = try Filter(text)
            } catch {
                throw .parameter("filter", error.description)
            }
        }
        let operations = try query.choices("on", as: RecordOperation.self)
        return RecordSelection(
            topics: try query.topics("topic"), filter: filter,
            operations: Set(operations.isEmpty ? RecordOperation.allCases : operations),
            signals: try query.flag("signals") ?? true, user: user, reading: caller.reading)
    }

    private static func start(_ query: QueryParameters, _ request: Request) throws(Problem) -> LiveStart? {
        // A browser repeats the address it began with: what it has seen since counts.
        if let last = request.headers[.lastEventID], !last.isEmpty {
            if let start = LiveStart(last) { return start }
            throw Problem(.badRequest, "Last-Event-ID: '\(last)' is no id that this stream gave")
        }
        guard let text = try query.one("from") else { return nil }
        if let start = LiveStart(text) { return start }
        throw .parameter("from", "'\(text)' is none of: \(LiveStart.rule)")
    }
}
