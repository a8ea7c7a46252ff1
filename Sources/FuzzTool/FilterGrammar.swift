import Daybook
import LosslessJSON

/// Filters as the two grammars have them.
enum FilterGrammar {
    private static let texts = EventField.allCases.filter { $0.form == .text && $0.rawValue != "status" }
    private static let words: Set<EventField> = [.status, .severity, .kind, .operation, .id, .dependsOn]
    private static let names = texts.filter { !words.contains($0) }

    // MARK: - As people write them

    static func text(_ random: inout FuzzRandom, depth: Int = 4) -> String {
        guard depth > 0, random.oneIn(2) else { return condition(&random) }
        switch random.below(4) {
        case 0: return "\(word("not", &random)) \(text(&random, depth: depth - 1).parenthesized)"
        case 1: return "(\(blank(&random))\(text(&random, depth: depth - 1))\(blank(&random)))"
        default:
            let joint = word(random.pick(["and", "or"]), &random)
            return (0...random.below(3)).map { _ in text(&random, depth: depth - 1).parenthesized }.joined(
                separator: " \(joint) ")
        }
    }

    private static func condition(_ random: inout FuzzRandom) -> String {
        switch random.below(8) {
        case 0: return "\(subject(&random)) \(word("is", &random)) \(random.oneIn(2) ? "" : "not ")null"
        case 1:
            return
                "\(random.pick(["retries", "progress"])) \(random.pick(["=", "!=", "<", "<=", ">", ">="])) \(JSONGrammar.number(&random))"
        case 2:
            return
                "createdAt \(random.pick(["<", ">=", "="])) 2026-11-\(10 + random.below(20))T0\(random.below(10)):00:44.25Z"
        case 3: return "status \(random.pick(["in", "not in"])) (\(random.pick(EventStatus.allCases).rawValue), failed)"
        case 4:
            return
                "\(member(&random)) \(random.pick(["includesall", "includesany", "excludesall", "excludesany"])) (\(value(&random)), \(value(&random)))"
        case 5: return "\(random.pick(names).rawValue) like \(JSONText.string(random.text()))"
        case 6: return "\(random.pick(names).rawValue) ~ (\(JSONText.string(random.text())), a*)"
        default:
            return
                "\(member(&random))\(blank(&random))\(random.pick(["=", "!=", "<", ">="]))\(blank(&random))\(value(&random))"
        }
    }

    private static func subject(_ random: inout FuzzRandom) -> String {
        random.oneIn(2) ? random.pick(texts).rawValue : member(&random)
    }

    private static func member(_ random: inout FuzzRandom) -> String {
        let path = (0...random.below(3)).map { _ in
            random.oneIn(2) ? random.word() : JSONText.string(random.text()).description
        }
        return ([random.pick(["summary", "metadata", "payload"])] + path).joined(separator: ".")
    }

    private static func value(_ random: inout FuzzRandom) -> String {
        switch random.below(4) {
        case 0: JSONGrammar.number(&random)
        case 1: random.pick(["true", "false"])
        case 2: random.word()
        default: JSONText.string(random.text()).description
        }
    }

    /// Words are the same in capitals.
    private static func word(_ word: String, _ random: inout FuzzRandom) -> String {
        random.oneIn(3) ? word.uppercased() : word
    }

    private static func blank(_ random: inout FuzzRandom) -> String { random.pick(["", " ", "  ", "\n", "\t"]) }

    // MARK: - As AYON writes them

    static func ayon(_ random: inout FuzzRandom, depth: Int = 3) -> JSONValue {
        let conditions = (0..<random.below(4)).map { _ in
            depth > 0 && random.oneIn(4) ? ayon(&random, depth: depth - 1) : ayonCondition(&random)
        }
        var filter: JSONValue = ["conditions": .array(conditions)]
        if random.oneIn(2), case .object(let members) = filter {
            filter = .object([.init("operator", .string(random.pick(["and", "or", "AND", "Or"])))] + members)
        }
        return filter
    }

    private static func ayonCondition(_ random: inout FuzzRandom) -> JSONValue {
        let path = random.pick(["summary", "payload"]) + random.pick(["/", "."]) + "a" + random.word()
        let scalar = { (random: inout FuzzRandom) -> JSONValue in
            switch random.below(3) {
            case 0: .string(random.text())
            case 1: .number(JSONGrammar.number(&random))
            default: .bool(random.oneIn(2))
            }
        }
        switch random.below(6) {
        case 0: return ["key": .string(random.pick(names).rawValue), "value": .string(random.text())]
        case 1:
            return [
                "key": .string(path), "operator": .string(random.pick(["eq", "NE", "l-t", "gte"])),
                "value": scalar(&random),
            ]
        case 2: return ["key": .string(path), "operator": .string(random.pick(["isnull", "not_null"]))]
        case 3:
            return [
                "key": .string(path), "operator": .string(random.pick(["in", "not-in", "includes_all"])),
                "value": .array((0..<random.below(4)).map { _ in scalar(&random) }),
            ]
        case 4:
            return ["key": .string(random.pick(names).rawValue), "operator": "like", "value": .string(random.text())]
        default:
            return [
                "key": "retries", "operator": .string(random.pick(["lt", "gt"])),
                "value": .number(JSONGrammar.number(&random)),
            ]
        }
    }
}

extension String {
    fileprivate var parenthesized: String { "(\(self))" }
}
