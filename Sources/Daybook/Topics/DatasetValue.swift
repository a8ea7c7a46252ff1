public import LosslessJSON

/// A value of a dataset.
public enum DatasetValue: Hashable, Sendable {
    case string(String)
    case integer(Int64)
    /// Infinities and NaN, which JSON does not know, become null.
    case number(Double)
    case boolean(Bool)
    case time(Timestamp)
    case json(JSONText)
    /// Not known.
    case null

    func write(to json: inout JSONWriter) {
        switch self {
        case .string(let text): json.string(text)
        case .integer(let number): json.int(number)
        case .number(let number): json.double(number)
        case .boolean(let flag): json.bool(flag)
        case .time(let time): json.string(time.description)
        case .json(let text): json.raw(text)
        case .null: json.null()
        }
    }
}

extension DatasetValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(nilLiteral: ()) { self = .null }
}
