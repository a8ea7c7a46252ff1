import Daybook
import LosslessJSON

/// Filters, as text and as AYON's JSON: what is read prints itself, read again it is the same, and it finds the same.
struct FilterTarget: FuzzTarget {
    enum Notation {
        case text
        case ayon
    }

    struct Input {
        var notation: Notation
        var bytes: [UInt8]
        /// Whether it is of the grammar.
        var isSound: Bool
    }

    private let mutator = ByteMutator([
        "(", ")", ",", "=", "!=", "<=", "~", "\"", "\\u0000", " and ", " or ", " not ", "not in (", " is null",
        " like ",
        "includesall (", "summary.", "metadata.\"", "payload.a.b", "topic", "status = ", "createdAt < ", "2026-13-45",
        "1e99999", "-",
        "*", "%", "((((", "\u{0}", "é", "user_name", "conditions", "{\"conditions\":[", "\"key\":",
        "\"operator\":\"in\"",
    ])
    /// Each also as its record, in whose headers filters look, too.
    private let events: [(event: Event, record: StoredRecord)]

    init() {
        events = (0..<12).map { number in
            var random = FuzzRandom(seed: 7, name: "events", number: number)
            var event = RecordGrammar.event(&random)
            // Else the log time counts, which an event alone has not.
            event.createdAt = event.createdAt ?? Timestamp(milliseconds: 1_796_000_000_000)
            let record = RecordEncoder.encode(created: event, actor: nil)
            return (event, StoredRecord(offset: 0, time: Timestamp(milliseconds: 0), record: record))
        }
    }

    func input(_ random: inout FuzzRandom) -> Input {
        let isText = random.below(3) < 2
        var bytes =
            isText ? Array(FilterGrammar.text(&random).utf8) : JSONGrammar.write(FilterGrammar.ayon(&random), &random)
        let isSound = random.oneIn(2)
        if !isSound { mutator.mutate(&bytes, &random) }
        return Input(notation: isText ? .text : .ayon, bytes: bytes, isSound: isSound)
    }

    func run(_ input: Input) throws -> Bool {
        let filter: Filter?
        switch input.notation {
        case .text:
            // Texts come as UTF-8, by whatever way.
            let text = String(decoding: input.bytes, as: UTF8.self)
            do throws(InvalidFilter) {
                filter = try Filter(text)
            } catch {
                try check(
                    !input.isSound || text.utf8.count > Filter.maximumTextBytes,
                    "a filter of the grammar is refused: \(error)")
                return false
            }
        case .ayon:
            guard let json = try? JSONText(input.bytes) else {
                try check(!input.isSound, "JSON of the grammar is refused")
                return false
            }
            do throws(InvalidFilter) {
                filter = try AyonFilter.read(json)
            } catch {
                try check(!input.isSound, "a filter of the grammar is refused: \(error)")
                return false
            }
        }
        guard let filter else { return true }
        // Text refuses a topic or a status that there cannot be; AYON finds nothing by it.
        let mayBeInexpressible = input.notation == .ayon && (try? Filter(filter.description)) != filter
        if mayBeInexpressible, Self.asksForWords(filter.description) { return true }
        try prints(filter)
        return true
    }

    private static func asksForWords(_ text: String) -> Bool {
        ["topic", "status", "severity", "kind", "operation"].contains { name in
            ["=", "!=", "in", "not in"].contains { text.contains("\(name) \($0) ") }
        }
    }

    private func prints(_ filter: Filter) throws {
        let printed = filter.description
        guard printed.utf8.count <= Filter.maximumTextBytes else { return }
        let again: Filter
        do throws(InvalidFilter) {
            again = try Filter(printed)
        } catch {
            throw Violation("what it prints is not read: \(error): \(printed)")
        }
        try check(again == filter, "what it prints is another filter: \(printed)")
        try check(again.description == printed, "it prints \(printed), then \(again.description)")
        for (event, record) in events {
            let isFound = filter.matches(event)
            try check(again.matches(event) == isFound, "printed and read, it finds other events: \(printed)")
            try check(
                try filter.matches(record) == isFound,
                "it finds an event but not its record, or the other way round: \(printed)")
        }
    }

    func describe(_ input: Input) -> String { String(decoding: input.bytes.prefix(2000), as: UTF8.self) }
}
