import Daybook
import LosslessJSON

/// CloudEvents in records' headers, in JSON, and in batches: what is read is written so that it is read the same way, and the
/// ways in agree.
struct CloudEventTarget: FuzzTarget {
    enum Input {
        /// With the event that it is, when it is sound.
        case binary(Record, Event?)
        case structured([UInt8], isSound: Bool)
        case batch([UInt8], count: Int?)
    }

    private let mutator = ByteMutator([
        "ce_", "ce_id", "ce_op", "changed", "deleted", "ce_eventid", "specversion", "\"data\":", "\"data_base64\":\"",
        "null",
        "{\"", "\u{0}", "\u{FF}", "application/cloudevents+json", "101", "1e9", "-1", "2026-11-21",
        "urn:daybook:unnamed", "%00", "%",
    ])

    func input(_ random: inout FuzzRandom) -> Input {
        let isSound = random.oneIn(2)
        switch random.below(5) {
        case 0, 1:
            let event = RecordGrammar.event(&random)
            let record = RecordEncoder.encode(created: event, actor: random.oneIn(3) ? random.text() : nil)
            return isSound ? .binary(record, event) : .binary(broken(record, &random), nil)
        case 2, 3:
            let value = RecordGrammar.shuffled(RecordGrammar.cloudEvent(&random), &random)
            var bytes = JSONGrammar.write(value, &random)
            if !isSound { mutator.mutate(&bytes, &random) }
            return .structured(bytes, isSound: isSound)
        default:
            let count = random.below(5)
            let value = JSONValue.array((0..<count).map { _ in RecordGrammar.cloudEvent(&random) })
            var bytes = JSONGrammar.write(value, &random)
            if !isSound { mutator.mutate(&bytes, &random) }
            return .batch(bytes, count: isSound ? count : nil)
        }
    }

    /// Another header, one less, or one with another name or value; or the block of headers itself broken.
    private func broken(_ record: Record, _ random: inout FuzzRandom) -> Record {
        var record = record
        if random.oneIn(8) {
            var packed = record.headers.packed
            mutator.mutate(&packed, &random)
            record.headers = RecordHeaders(packed: packed) ?? record.headers
            return record
        }
        var headers = record.headers.all
        for _ in 0...random.below(3) where !headers.isEmpty {
            let at = random.below(headers.count)
            switch random.below(5) {
            case 0: headers.remove(at: at)
            case 1: headers[at].value = random.oneIn(4) ? nil : Array(random.text().utf8)
            case 2:
                var value = headers[at].value ?? []
                mutator.mutate(&value, &random)
                headers[at].value = value
            case 3: headers[at].name = random.pick(headers).name
            default: headers.append((random.pick(WireHeader.allCases.map { "\($0.name)" }), Array(random.text().utf8)))
            }
        }
        record.headers = RecordHeaders()
        for header in headers { record.headers.append(name: header.name, value: header.value) }
        if random.oneIn(4) { record.value = random.oneIn(2) ? nil : Array(random.text().utf8) }
        return record
    }

    func run(_ input: Input) throws -> Bool {
        switch input {
        case .binary(let record, let event):
            guard let entry = try? RecordDecoder.decode(record) else {
                try check(event == nil, "a record of ours is refused")
                return false
            }
            if let event { try check(entry.event == event, "it is read as another event: \(entry.event)") }
            try isKept(entry)
            return true
        case .structured(let bytes, let isSound):
            let entry = try structured(bytes)
            try check(entry != nil || !isSound, "a CloudEvent of the grammar is refused")
            return entry != nil
        case .batch(let bytes, let count):
            guard let elements = try? JSONElements(bytes) else {
                try check(count == nil, "a batch of the grammar is refused")
                return false
            }
            var taken = 0
            for element in elements where try structured(element.bytes) != nil { taken += 1 }
            if let count { try check(taken == count, "\(taken) of \(count) CloudEvents of the grammar are taken") }
            return taken > 0
        }
    }

    /// Reads one the way the routes do, and the way readers of the log do.
    private func structured(_ bytes: [UInt8]) throws -> EventRecord? {
        let direct = try? RecordDecoder.decode(StructuredMode.binary(from: JSONMembers(bytes)))
        var headers = RecordHeaders()
        headers.append("content-type", "application/cloudevents+json; charset=utf-8")
        let fromLog = try? RecordDecoder.decode(Record(value: bytes, headers: headers))
        try check(direct == fromLog, "a route and the log disagree on what it is")
        if let direct { try isKept(direct) }
        return direct
    }

    /// Written and read again it is the same.
    private func isKept(_ entry: EventRecord) throws {
        // What breaks a rule is never written.
        guard (try? entry.event.validate()) != nil else { return }
        let record = RecordEncoder.encode(entry)
        let again: EventRecord
        do {
            again = try RecordDecoder.decode(record)
        } catch {
            throw Violation("what is written of it is refused: \(error)")
        }
        try check(again == entry, "written and read again it is \(again), not \(entry)")
        try check(RecordEncoder.encode(again) == record, "written twice it is another record")
    }

    func describe(_ input: Input) -> String {
        switch input {
        case .binary(let record, _):
            record.headers.all.map { "\($0.name): \($0.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")" }
                .joined(
                    separator: "\n") + "\n\n" + (record.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")
        case .structured(let bytes, _), .batch(let bytes, _): String(decoding: bytes.prefix(2000), as: UTF8.self)
        }
    }
}
