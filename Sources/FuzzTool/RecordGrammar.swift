import Daybook
import LosslessJSON

/// Events and CloudEvents as they may be.
enum RecordGrammar {
    /// Any event that Daybook takes.
    static func event(_ random: inout FuzzRandom) -> Event {
        func maybe(_ random: inout FuzzRandom) -> String? { random.oneIn(2) ? random.text() : nil }
        var event = Event(topic: topic(&random), id: id(&random))
        event.hash = random.oneIn(3) ? "h" + random.text() : nil
        event.sender = maybe(&random)
        event.senderType = maybe(&random)
        event.project = maybe(&random)
        event.user = maybe(&random)
        event.dependsOn = random.oneIn(4) ? id(&random) : nil
        event.status = random.pick(EventStatus.allCases)
        event.retries = random.oneIn(4) ? random.below(1000) - 10 : 0
        event.progress = random.pick([0, 100, Double(random.below(1_000_000)) / 10_000, 1e-7])
        event.description = random.oneIn(2) ? random.text(maximum: 40) : ""
        event.summary = random.oneIn(2) ? object(&random) : .emptyObject
        event.metadata = random.oneIn(4) ? scalars(&random) : .emptyObject
        event.severity = random.pick(Severity.allCases)
        event.kind = random.pick(EventKind.allCases)
        event.createdAt = random.oneIn(2) ? Timestamp(microseconds: Int64(random.below(1 << 52))) : nil
        event.entity = EntityChange(
            type: maybe(&random), id: maybe(&random), operation: random.oneIn(2) ? .update : nil, attributeName: nil,
            attributeValue: random.oneIn(3) ? JSONText(JSONGrammar.value(&random)) : nil)
        event.orderingKey = random.oneIn(4) ? "k" + random.text() : nil
        event.traceparent = maybe(&random)
        event.originalID = maybe(&random)
        event.recipients = random.oneIn(4) ? (0...random.below(3)).map { _ in random.word() } : nil
        event.payload = payload(&random)
        return event
    }

    static func topic(_ random: inout FuzzRandom) -> String {
        (0...random.below(3)).map { _ in random.word() }.joined(separator: ".")
    }

    static func id(_ random: inout FuzzRandom) -> EventID { EventID(high: random.next(), low: random.next()) }

    private static func object(_ random: inout FuzzRandom) -> JSONText { JSONText(JSONGrammar.object(&random)) }

    private static func scalars(_ random: inout FuzzRandom) -> JSONText {
        JSONText(.object((0..<random.below(4)).map { _ in .init(random.text(), .number(JSONGrammar.number(&random))) }))
    }

    private static func payload(_ random: inout FuzzRandom) -> Payload? {
        switch random.below(4) {
        case 0: nil
        case 1: Payload(bytes: JSONText(JSONGrammar.value(&random)).bytes)
        case 2: Payload(contentType: "text/plain", bytes: Array(random.text(maximum: 40).utf8))
        default:
            Payload(contentType: "application/octet-stream", bytes: (0..<random.below(40)).map { _ in random.byte() })
        }
    }

    /// A CloudEvent in JSON, as others write it, and the event it has to be: what the members below say of it.
    static func cloudEvent(_ random: inout FuzzRandom) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("specversion", "1.0"), .init("id", .string("i" + random.text())),
            .init("source", .string("s" + random.text())), .init("type", .string(topic(&random))),
        ]
        if random.oneIn(2) { members.append(.init("time", "2026-11-21T03:00:44.291548Z")) }
        for name in ["project", "user", "description", "sendertype", "partitionkey", "traceparent", "foreign1"]
        where random.oneIn(3) {
            members.append(.init(name, random.oneIn(8) ? .null : .string("x" + random.text())))
        }
        if random.oneIn(3) { members.append(.init("status", .string(random.pick(EventStatus.allCases).rawValue))) }
        if random.oneIn(3) { members.append(.init("progress", .number("\(random.below(101))"))) }
        if random.oneIn(3) {
            let summary = object(&random)
            members.append(
                .init("summary", random.oneIn(2) ? .string(summary.description) : JSONGrammar.object(&random)))
        }
        switch random.below(4) {
        case 0: break
        case 1: members.append(.init("data", JSONGrammar.value(&random)))
        case 2: members += [.init("datacontenttype", "text/plain"), .init("data", .string(random.text()))]
        default: members.append(.init("data_base64", .string(random.pick(["", "AA==", "AAA=", "3q2+7w=="]))))
        }
        return .object(members)
    }

    /// Its members in another order.
    static func shuffled(_ value: JSONValue, _ random: inout FuzzRandom) -> JSONValue {
        if case .object(let members) = value { .object(members.shuffled(using: &random)) } else { value }
    }
}
