import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON
import ServiceLifecycle

/// `POST /api/enroll`: the next source event as a job of the caller.
struct EnrollRoute {
    let parts: ServerParts

    /// 200 with the job as AYON answers it (`id`, `dependsOn`, `hash`, `status`); with `count` in the body, `{"jobs": […]}`.
    /// 204 when there is nothing to do.
    @Sendable func post(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let enroll = try await parts.bodies.withBody(of: request, limit: parts.limits.event) { body in
            try AyonEnroll(
                JSONMembers.read(body, parts.limits.json), sender: AyonSender(request.headers, context.caller))
        }
        let access = context.access
        guard access.caller.mayEnroll(into: enroll.request.target) else {
            throw access.forbid("this needs the permission enroll for topic \(enroll.request.target)")
        }
        // What the caller has seen is what it is answered from.
        _ = try await parts.reader(access).catchUp(to: request)
        let node = try parts.open()
        var wanted = enroll.request
        wanted.filter = .both(access.caller.jobSources(of: wanted.target), wanted.filter)
        let jobs = try await jobs(wanted, node, access)
        guard !jobs.isEmpty else { return Response(status: .noContent) }
        var vector = PositionVector()
        for position in jobs.map(\.position) {
            vector[position.partition] = max(vector[position.partition] ?? 0, position.offset + 1)
        }
        var headers: HTTPFields = [
            .daybookPosition: jobs.count == 1 ? jobs[0].position.description : vector.description
        ]
        if !(await node.projector.waitUntilApplied(vector, timeout: parts.options.applyTimeout)) {
            headers[.daybookApplied] = "false"
        }
        return .json(headers: headers) { json in
            guard enroll.isForSeveral else { return jobs[0].writeMembers(to: &json) }
            json.key("jobs")
            json.beginArray()
            for job in jobs {
                json.beginObject()
                job.writeMembers(to: &json)
                json.endObject()
            }
            json.endArray()
        }
    }

    private func jobs(
        _ request: EnrollRequest, _ node: DaybookNode.Parts, _ access: RequestAccess
    ) async throws -> [EnrolledJob] {
        var request = request
        // A connection on which nothing happens is closed.
        request.wait = min(request.wait, parts.options.idleTimeout * 5 / 6)
        do {
            let arbiter = PunctualArbiter(arbiter: node.arbiter, deadlines: parts.decisionDeadlines)
            if request.wait == .zero { return try await node.enroller.enroll(request, through: arbiter) }
            return try await cancelWhenGracefulShutdown { [request] in
                try await access.whileValid { try await node.enroller.enroll(request, through: arbiter) }
            }
        } catch let error as PublishError {
            // Which job it is, the next answer tells: it is given back.
            throw Problem(error, eventID: nil)
        }
    }
}

/// Gives up waiting for an arbiter that takes too long.
struct PunctualArbiter: Arbiter {
    let arbiter: any Arbiter
    let deadlines: Deadlines<[Result<Verdict, LogError>]>

    func decide(_ requests: [HashRequest]) async -> [Result<Verdict, LogError>] {
        if let verdicts = await deadlines.run({ [arbiter] in await arbiter.decide(requests) }) { return verdicts }
        return requests.map { _ in .failure(.outcomeUnknown("the log did not acknowledge it in time")) }
    }
}

extension EnrolledJob {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.key("id")
        json.string(id.description)
        json.key("dependsOn")
        json.string(dependsOn.description)
        json.key("hash")
        json.string(hash)
        json.key("status")
        json.string(status.rawValue)
    }
}
