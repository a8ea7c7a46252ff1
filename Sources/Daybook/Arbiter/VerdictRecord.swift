import LosslessJSON

/// The arbiter's answers to one asker, as the verdicts stream holds them: the asker's name for the key, and a line of
/// JSON for each answer (docs/wire.md).
public enum VerdictRecord {
    /// A record of answers, each with the asker's number for the request.
    public static func encode(_ answers: [(number: Int64, verdict: Verdict)], to asker: String) -> Record {
        var json = JSONWriter(capacity: answers.count * 64)
        for (number, verdict) in answers {
            json.beginArray()
            json.int(number)
            write(verdict, to: &json)
            json.endArray()
            json.endLine()
        }
        return Record(key: Array(asker.utf8), value: json.bytes)
    }

    private static func write(_ verdict: Verdict, to json: inout JSONWriter) {
        func word(_ text: String) { json.string(text) }
        switch verdict {
        case .done(let position):
            word("done")
            word(position.description)
        case .repeated(let position):
            word("repeated")
            word(position.description)
        case .duplicate(let event, let created):
            word("duplicate")
            word(event.description)
            word(created.description)
        case .keyReused(let event):
            word("keyReused")
            word(event.description)
        case .notFound: word("notFound")
        case .held(let holder):
            word("held")
            if let holder { word(holder.sender) }
            if let worker = holder?.workerID { word(worker) }
        case .granted(let job):
            word("granted")
            word(job.event.description)
            word(job.position.description)
            word(job.status.rawValue)
            json.int(job.retries)
            json.bool(job.isNew)
        case .lost(let loss, let event):
            word("lost")
            word(loss.rawValue)
            word(event.description)
        case .full: word("full")
        case .invalid(let reason):
            word("invalid")
            word(reason)
        }
    }

    /// - Throws: ``InvalidRecord``.
    public static func decode(_ record: Record) throws(InvalidRecord) -> [(number: Int64, verdict: Verdict)] {
        var answers: [(number: Int64, verdict: Verdict)] = []
        for line in (record.value ?? []).split(separator: UInt8(ascii: "\n")) {
            guard let parts = (try? JSONElements(line)).map({ Array($0) }), parts.count >= 2,
                let number = parts[0].int64Value, let verdict = verdict(parts.dropFirst())
            else {
                throw InvalidRecord("a verdict cannot be read: \(String(decoding: line.prefix(200), as: UTF8.self))")
            }
            answers.append((number, verdict))
        }
        return answers
    }

    private static func verdict(_ parts: ArraySlice<JSONText>) -> Verdict? {
        let parts = Array(parts)
        func text(_ at: Int) -> String? { at < parts.count ? parts[at].stringValue : nil }
        func position(_ at: Int) -> Position? { text(at).flatMap { Position($0) } }
        func event(_ at: Int) -> EventID? { text(at).flatMap { EventID($0) } }
        switch text(0) {
        case "done": return position(1).map { .done($0) }
        case "repeated": return position(1).map { .repeated($0) }
        case "duplicate":
            guard let event = event(1), let created = position(2) else { return nil }
            return .duplicate(of: event, created: created)
        case "keyReused": return event(1).map { .keyReused($0) }
        case "notFound": return .notFound
        case "held": return .held(by: text(1).map { Holder($0, workerID: text(2)) })
        case "granted":
            guard let event = event(1), let position = position(2), parts.count == 6,
                let status = text(3).flatMap({ EventStatus(rawValue: $0) }), let retries = parts[4].int64Value,
                let isNew = parts[5].boolValue
            else { return nil }
            return .granted(
                GrantedJob(event: event, position: position, status: status, retries: Int(retries), isNew: isNew))
        case "lost":
            guard let loss = text(1).flatMap({ Verdict.Loss(rawValue: $0) }), let event = event(2) else { return nil }
            return .lost(loss, job: event)
        case "full": return .full
        case "invalid": return text(1).map { .invalid($0) }
        default: return nil
        }
    }
}
