import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ServiceLifecycle
import Synchronization

/// `POST /api/registrations/{name}/replay`: a stretch of the past through a registration's handler once more, without
/// touching its positions.
///
/// Answers as it goes, a JSON object a line: `{"read", "delivered", "failed", "resume"}`; the last one also has `failures`,
/// and `end` when it came to its end or `error` when it did not.
struct RegistrationReplayRoute {
    private static let interval = Duration.seconds(1)

    let parts: RegistrationParts

    @Sendable func post(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let (start, end) = try await parts.body(of: request) { members in
            let from = members.string("from", maximumBytes: 1 << 20)
            let start = from.flatMap { StartPoint($0) }
            if from != nil, start == nil {
                members.fail("from", "must be earliest, latest, an ISO 8601 time, or what a replay gave as 'resume'")
            }
            let to = members.string("to")
            let end = to.flatMap { Timestamp($0) }
            if to != nil, end == nil { members.fail("to", "must be an ISO 8601 time") }
            return (start ?? .earliest, end)
        }
        let registration = try parts.registration(context)
        let registrations = try parts.registrations()
        let handler = try handler(of: registration)
        let vector = try await ReplayRoute.vector(for: Replay.Start(start), in: registrations.catalog)
        let replay = Replay.Request(start: .positions(vector), end: end.map { .time($0) } ?? .now)
        return Response(
            status: .ok, headers: [.contentType: BodyType.ndjson.name],
            body: ResponseBody { writer in
                try await Self.run(registrations, registration.name, replay, handler) { line in
                    // At least once in a second.
                    if let end = context.access.end { throw Problem(.unauthorized, end) }
                    try await writer.write(ByteBuffer(bytes: line))
                }
                try await writer.finish(nil)
            })
    }

    /// - Throws: 409 when this server does not deliver it.
    private func handler(of registration: Registration) throws -> any EventHandler {
        do {
            if let handler = try parts.service.handler(of: registration) { return handler }
        } catch {
            throw Problem(.conflict, "this server cannot deliver \(registration.name): \(error)")
        }
        throw Problem(
            .conflict,
            "\(registration.name) is not delivered by this server (delivery: \(registration.delivery.rawValue))")
    }

    private static func run(
        _ registrations: Registrations, _ name: String, _ request: Replay.Request, _ handler: any EventHandler,
        _ write: ([UInt8]) async throws -> Void
    ) async throws {
        let latest = Box()
        let (ticks, ticking) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { ticking.finish() }
                do {
                    let outcome = try await cancelWhenGracefulShutdown {
                        try await registrations.replay(name, request, through: handler) { outcome in
                            latest.state.withLock { $0.outcome = outcome }
                        }
                    }
                    latest.state.withLock { $0 = (outcome, nil) }
                } catch {
                    latest.state.withLock { $0.error = error is CancellationError ? "it was cut off" : "\(error)" }
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: interval)) != nil { ticking.yield() }
            }
            // A caller that is gone is found out by writing, and ends all.
            defer { group.cancelAll() }
            for await _ in ticks { try await write(line(latest.state.withLock { $0.outcome })) }
        }
        let (outcome, error) = latest.state.withLock { $0 }
        try await write(line(outcome, isLast: true, error: error))
    }

    private final class Box: Sendable {
        let state = Mutex<(outcome: Registrations.ReplayOutcome?, error: String?)>((nil, nil))
    }

    private static func line(
        _ outcome: Registrations.ReplayOutcome?, isLast: Bool = false, error: String? = nil
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("read")
        json.int(outcome?.read ?? 0)
        json.key("delivered")
        json.int(outcome?.delivered ?? 0)
        json.key("failed")
        json.int(outcome?.failed ?? 0)
        json.key("resume")
        json.string(outcome?.resume.description ?? "")
        if isLast {
            json.key("failures")
            json.beginArray()
            for failure in outcome?.failures ?? [] {
                json.beginObject()
                json.key("position")
                json.string(failure.position.description)
                json.key("reason")
                json.string(failure.reason)
                json.endObject()
            }
            json.endArray()
            if let error {
                json.key("error")
                json.string(error)
            } else {
                json.key("end")
                json.bool(true)
            }
        }
        json.endObject()
        json.endLine()
        return json.bytes
    }
}

extension Replay.Start {
    fileprivate init(_ point: StartPoint) {
        switch point {
        case .earliest: self = .earliest
        case .latest: self = .latest
        case .time(let time): self = .time(time)
        case .positions(let positions): self = .positions(positions)
        }
    }
}
