import LosslessJSON

/// What a condition compares with.
public enum FilterScalar: Hashable, Sendable {
    case text(String)
    case number(DecimalNumber)
    case bool(Bool)
    case time(Timestamp)

    init(_ value: FieldValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .number(let number): self = .number(number)
        case .time(let time): self = .time(time)
        }
    }

    /// The value as an attribute has it.
    func of(_ field: EventField) throws(InvalidFilter) -> FilterScalar {
        switch (field.form, self) {
        case (.text, .text), (.number, .number), (.time, .time): return self
        case (.time, .text(let text)):
            if let time = Timestamp(text) { return .time(time) }
            throw InvalidFilter(
                "value", "\(field.rawValue) is a time such as 2026-11-21T03:00:44Z, and '\(text)' is none")
        default:
            let wanted =
                switch field.form {
                case .text: "text"
                case .number: "number"
                case .time: "time"
                }
            throw InvalidFilter("value", "\(field.rawValue) is a \(wanted), not a \(name)")
        }
    }

    private var name: String {
        switch self {
        case .text: "text"
        case .number: "number"
        case .bool: "boolean"
        case .time: "time"
        }
    }

    /// The order of values of different types, as PostgreSQL's jsonb has it.
    fileprivate var rank: Int {
        switch self {
        case .text: 1
        case .number, .time: 2
        case .bool: 3
        }
    }
}

/// A value of an event that a condition looks at.
enum FilteredValue: Hashable {
    enum Order {
        case less, equal, greater
    }

    case null
    case scalar(FilterScalar)
    case list([FilteredValue])
    case object

    init(_ json: JSONText) {
        switch json.kind {
        case .null: self = .null
        case .bool: self = .scalar(.bool(json.boolValue == true))
        case .number: self = json.numberText.flatMap { DecimalNumber($0) }.map { .scalar(.number($0)) } ?? .null
        case .string: self = .scalar(.text(json.stringValue ?? ""))
        case .array: self = .list(json.elements?.map(FilteredValue.init) ?? [])
        case .object: self = .object
        }
    }

    /// Types are strict: `"1"` is not 1.
    func isEqual(to other: FilterScalar) -> Bool { self == .scalar(other) }

    /// Across types: null, texts, numbers, booleans, lists, objects.
    func compare(with other: FilterScalar) -> Order {
        let order =
            switch self {
            case .null: (0, other.rank)
            case .list: (4, other.rank)
            case .object: (5, other.rank)
            case .scalar(let value): (value.rank, other.rank)
            }
        if order.0 != order.1 { return order.0 < order.1 ? .less : .greater }
        switch (self, other) {
        case (.scalar(.text(let a)), .text(let b)):
            return Self.order(a == b, a.utf8.lexicographicallyPrecedes(b.utf8))
        case (.scalar(.number(let a)), .number(let b)): return Self.order(a == b, a < b)
        case (.scalar(.time(let a)), .time(let b)): return Self.order(a == b, a < b)
        case (.scalar(.bool(let a)), .bool(let b)): return Self.order(a == b, !a && b)
        default: return .equal
        }
    }

    private static func order(_ isEqual: Bool, _ isLess: Bool) -> Order {
        isEqual ? .equal : isLess ? .less : .greater
    }
}
