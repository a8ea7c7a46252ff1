import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `GET /api/jobs`: how far the work is along.
struct JobsRoute {
    let parts: ServerParts

    /// 200 with `queues`: what workers asked for since the server started, for a `target` or all; with `sourceTopic`, what
    /// workers would find that ask for these sources.
    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query, known: ["target", "sourceTopic", "maxRetries", "ignoreOlderThan"])
        let target = try query.one("target")
        if let target, !Topic.isValid(target) {
            throw Problem.parameter("target", "a topic is \(Topic.rule)")
        }
        let sources = try query.topics("sourceTopic")
        let retries = try query.integer("maxRetries", in: 0...Int(Int32.max))
        let days = try query.integer("ignoreOlderThan", in: 0...36_500)
        if target == nil, !sources.isEmpty { throw Problem.parameter("target", "is needed with sourceTopic") }
        let caller = context.caller
        // Those count everything.
        if sources.isEmpty, !caller.isUnlimited(.enroll) || !caller.isUnlimited(.read) {
            throw context.access.forbid(
                "without sourceTopic this needs the permissions enroll and read for every event")
        }
        if let target, !sources.isEmpty, !caller.mayEnroll(into: target) {
            throw context.access.forbid("this needs the permission enroll for topic \(target)")
        }
        let freshness = try await parts.reader(context.access).catchUp(to: request)
        let enroller = try parts.open().enroller
        let summaries: [QueueSummary]
        do throws(PublishError) {
            if sources.isEmpty {
                summaries = try await enroller.summaries(target: target)
            } else {
                var request = EnrollRequest(from: sources, to: target ?? "", for: Holder(AyonEnroll.defaultSender))
                request.filter = caller.jobSources(of: request.target)
                if let retries { request.maximumRetries = retries }
                if let days { request.maximumAge = EnrollRequest.age(days: days) }
                summaries = [try await enroller.summary(for: request)]
            }
        } catch {
            throw Problem(error, eventID: nil)
        }
        return .json(headers: freshness.headers) { json in
            json.key("queues")
            json.beginArray()
            for summary in summaries { summary.write(to: &json) }
            json.endArray()
        }
    }
}

extension QueueSummary {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("target")
        json.string(target)
        json.key("sourceTopics")
        json.strings(sources.map(\.text))
        json.key("filtered")
        json.bool(isFiltered)
        json.key("sequential")
        json.bool(isSequential)
        json.key("ignoreSenderTypes")
        json.strings(ignoredSenderTypes)
        json.key("ignoreOlderThan")
        json.int((maximumAge?.components.seconds ?? 0) / (24 * 3600))
        json.key("maxRetries")
        json.int(maximumRetries)
        for (name, count) in [("queued", queued), ("running", running), ("failed", failed), ("exhausted", exhausted)] {
            json.key(escaping: name)
            json.int(count.count)
            json.key(escaping: name + "Since")
            if let since = count.since { json.string(since.description) } else { json.null() }
        }
        json.key("hidden")
        json.int(hidden)
        json.key("complete")
        json.bool(isComplete)
        json.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
