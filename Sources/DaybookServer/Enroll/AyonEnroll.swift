import Daybook
import DaybookIndex
import LosslessJSON

/// The body of AYON's `POST /api/enroll`, and what Daybook has beyond it. Names in camelCase or snake_case; unknown ones
/// are ignored, and null is what is not there.
struct AyonEnroll {
    /// Who asks when neither the body nor a header says so.
    static let defaultSender = "ayon_server"

    var request: EnrollRequest
    /// Whether several jobs may be answered.
    var isForSeveral = false

    /// - Throws: 400 with everything that does not fit.
    init(_ members: JSONMembers, sender: AyonSender) throws(Problem) {
        var reader = AyonReader()
        var request = EnrollRequest(from: [], to: "", for: Holder(sender.sender ?? Self.defaultSender))
        request.senderType = sender.senderType
        request.holder.workerID = sender.workerID
        request.user = sender.user
        var given: Set<String> = []
        for (key, value) in members where !value.isNull {
            given.insert(key)
            switch key {
            case "sourceTopic", "source_topic": request.sources = reader.patterns("sourceTopic", value)
            case "targetTopic", "target_topic": request.target = reader.string("targetTopic", value) ?? ""
            case "sender": request.holder.sender = reader.string(key, value) ?? Self.defaultSender
            case "workerId", "worker_id": request.holder.workerID = reader.string("workerId", value)
            case "description": request.description = reader.string(key, value)
            case "sequential": request.isSequential = reader.bool(key, value) ?? false
            case "filter": request.filter = reader.filter(key, value)
            case "maxRetries", "max_retries": request.maximumRetries = reader.int("maxRetries", value) ?? 0
            case "ignoreSenderTypes", "ignore_sender_types":
                request.ignoredSenderTypes = Set(reader.strings("ignoreSenderTypes", value))
            case "ignoreOlderThan", "ignore_older_than":
                if let days = reader.int("ignoreOlderThan", value) {
                    request.maximumAge = EnrollRequest.age(days: days)
                }
            case "leaseSeconds", "lease_seconds":
                if let seconds = reader.seconds("leaseSeconds", value) { request.lease = .seconds(seconds) }
            case "retryDelaySeconds", "retry_delay_seconds":
                if let seconds = reader.seconds("retryDelaySeconds", value) { request.retryDelay = .seconds(seconds) }
            case "count":
                isForSeveral = true
                if let count = reader.int(key, value) { request.count = count }
            case "waitSeconds", "wait_seconds":
                guard let seconds = reader.double("waitSeconds", value) else { break }
                request.wait = .milliseconds(Int64(min(max(seconds, -1), 1e6) * 1000))
            default: continue
            }
        }
        for (name, other) in [("sourceTopic", "source_topic"), ("targetTopic", "target_topic")]
        where !given.contains(name) && !given.contains(other) {
            reader.fail(name, "is required", type: "missing")
        }
        try reader.finish()
        do throws(InvalidEvent) {
            try request.validate()
        } catch {
            throw .validation(error.problems.map { .init(["body", $0.field], $0.message, type: $0.code) })
        }
        self.request = request
    }
}

extension EnrollRequest {
    /// - Parameter days: 0 is no limit; what is less is refused by ``validate()``.
    static func age(days: Int) -> Duration? {
        days == 0 ? nil : .seconds(min(max(Int64(days), -1), 36_500) * 24 * 3600)
    }
}

extension AyonReader {
    fileprivate mutating func strings(_ field: String, _ value: JSONText) -> [String] {
        guard let elements = value.elements else {
            fail(field, "must be a list of strings, not \(value.kind.rawValue)", type: "list_type")
            return []
        }
        return elements.compactMap { string(field, $0) }
    }

    /// One topic pattern, or a list of them.
    fileprivate mutating func patterns(_ field: String, _ value: JSONText) -> [TopicPattern] {
        let texts = value.kind == .array ? strings(field, value) : [string(field, value)].compactMap { $0 }
        if value.elements?.isEmpty == true { fail(field, "name at least one topic", type: "too_short") }
        return texts.compactMap { text in
            if let pattern = TopicPattern(text) { return pattern }
            fail(
                field, "'\(text)' is no topic pattern: 1 to 256 letters, digits, '_', '-', '.' and '*'",
                type: "string_pattern_mismatch")
            return nil
        }
    }

    mutating func filter(_ field: String, _ value: JSONText) -> Filter? {
        do throws(InvalidFilter) {
            return try AyonFilter.read(value)
        } catch {
            fail(([field] + error.location).joined(separator: "."), error.message, type: "invalid_filter")
            return nil
        }
    }

    /// Whole seconds that fit every clock.
    fileprivate mutating func seconds(_ field: String, _ value: JSONText) -> Int? {
        guard let seconds = int(field, value) else { return nil }
        if seconds > Int(Int32.max) { fail(field, "must be \(Int32.max) at most", type: "bad_value") }
        return min(max(seconds, -1), Int(Int32.max))
    }
}
