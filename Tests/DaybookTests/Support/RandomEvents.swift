import Daybook
import LosslessJSON

/// Events with any mixture of attributes, made from a seed; all of them valid.
struct RandomEvents {
    var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Text with what encoders trip over: quotes, percent signs, control characters, several bytes to a character.
    mutating func text(upTo length: Int = 24) -> String {
        let alphabet = Array("abcXYZ019 ._-/:%#?&=\"\\{}[],\u{1}\t\n\r\u{7F}éßЖ漢😀\u{2028}\u{301}".unicodeScalars)
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...length, using: &random) {
            scalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
        }
        return String(scalars)
    }

    mutating func topic() -> String {
        let alphabet = Array("abcABC019_-")
        return (0..<Int.random(in: 1...4, using: &random)).map { _ in
            String(
                (0..<Int.random(in: 1...8, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
        }.joined(separator: ".")
    }

    mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
        random.one(in: 2) ? make(&self) : nil
    }

    mutating func scalar() -> JSONText {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: JSONText.string(text())
        case 1: JSONText(trusting: Array("\(Int64.random(in: .min ... .max, using: &random))".utf8))
        case 2: JSONText(trusting: Array("1.500e+400".utf8))
        default: JSONText(trusting: Array((random.one(in: 2) ? "true" : "false").utf8))
        }
    }

    /// A flat object, also the empty one.
    mutating func object() -> JSONText {
        var json = JSONWriter()
        json.beginObject()
        for number in 0..<Int.random(in: 0...3, using: &random) {
            json.key(escaping: "\(number)\(text(upTo: 5))")
            json.raw(scalar())
        }
        json.endObject()
        return JSONText(trusting: json.bytes)
    }

    mutating func payload() -> Payload {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: Payload(bytes: object().bytes)
        case 1: Payload(contentType: "text/plain; charset=utf-8", bytes: Array(text().utf8))
        case 2: Payload(contentType: "text/plain", bytes: [])
        case 3: Payload(contentType: "application/vnd.x+json", bytes: scalar().bytes)
        case 4: Payload(contentType: "application/json", bytes: Array("{\"broken\":".utf8))
        default:
            Payload(
                contentType: "application/octet-stream",
                bytes: (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
                })
        }
    }

    mutating func id() -> EventID { EventID(high: random.next(), low: random.next()) }

    mutating func time() -> Timestamp {
        Timestamp(microseconds: Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random))
    }

    mutating func progress() -> Double {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: Double(Int.random(in: 0...100, using: &random))
        case 1: Double.random(in: 0...100, using: &random)
        default: Double.leastNonzeroMagnitude
        }
    }

    mutating func entity() -> EntityChange {
        EntityChange(
            type: maybe { "free \($0.text())" }, id: maybe { $0.text() },
            operation: maybe { EntityOperation.allCases.randomElement(using: &$0.random) ?? .update },
            attributeName: maybe { $0.text() }, attributeValue: maybe { $0.scalar() })
    }

    mutating func event() -> Event {
        var event = Event(topic: topic(), id: id())
        event.hash = maybe { $0.text() }
        event.sender = maybe { $0.text() }
        event.senderType = maybe { $0.text() }
        event.project = maybe { $0.text() }
        event.user = maybe { $0.text() }
        event.dependsOn = maybe { $0.id() }
        event.status = EventStatus.allCases.randomElement(using: &random) ?? .pending
        event.retries = random.one(in: 2) ? 0 : Int.random(in: -3...1_000_000, using: &random)
        event.progress = progress()
        event.description = maybe { $0.text() } ?? ""
        event.summary = object()
        event.payload = maybe { $0.payload() }
        event.createdAt = maybe { $0.time() }
        event.severity = Severity.allCases.randomElement(using: &random) ?? .error
        event.kind = EventKind.allCases.randomElement(using: &random) ?? .dataset
        event.entity = entity()
        event.metadata = object()
        event.orderingKey = maybe { $0.text() }
        event.traceparent = maybe { _ in "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }
        event.originalID = maybe { $0.text() }
        return event
    }
}
