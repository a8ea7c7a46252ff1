public import LosslessJSON

/// What the values of a dataset's field, or of a summary's member, are.
public enum DatasetFieldType: String, Hashable, Sendable, CaseIterable {
    case string
    /// A whole number of 64 bits.
    case integer
    case number
    case boolean
    /// ISO 8601 in a string.
    case time
    case object
    case array

    /// Whether a value is of the type; null is of every type.
    public func accepts(_ value: JSONText) -> Bool {
        if value.isNull { return true }
        return switch self {
        case .string: value.kind == .string
        case .integer: value.int64Value != nil
        case .number: value.kind == .number
        case .boolean: value.kind == .bool
        case .time: value.stringValue.flatMap { Timestamp($0) } != nil
        case .object: value.isObject
        case .array: value.isArray
        }
    }

    /// With its article, for messages.
    public var phrase: String {
        switch self {
        case .string: "a string"
        case .integer: "a whole number of 64 bits"
        case .number: "a number"
        case .boolean: "true or false"
        case .time: "an ISO 8601 time"
        case .object: "an object"
        case .array: "an array"
        }
    }
}
