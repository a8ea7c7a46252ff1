public import LosslessJSON

/// Reads filters as AYON's REST interface writes them:
/// `{"operator": "and", "conditions": [{"key": "summary/entityId", "value": "x", "operator": "eq"}, …]}`, conditions and
/// filters nested in each other.
///
/// What AYON reads and then answers with everything or nothing (an unknown column, a null for a value, an operator that
/// does not go with a value) is an error here.
public enum AyonFilter {
    /// - Returns: nil when there are no conditions, which is no filter.
    /// - Throws: ``InvalidFilter`` with the place.
    public static func read(_ json: JSONText) throws(InvalidFilter) -> Filter? {
        var count = 0
        return try filter(json, &count)
    }

    private static func filter(_ json: JSONText, _ count: inout Int) throws(InvalidFilter) -> Filter? {
        guard let members = json.members else {
            throw InvalidFilter(message: "must be an object with 'conditions', not \(json.kind.rawValue)")
        }
        var junction = Filter.Junction.and
        if let value = members["operator"], !value.isNull {
            guard let word = value.stringValue?.lowercased(), let known = Filter.Junction(rawValue: word) else {
                throw InvalidFilter("operator", "must be 'and' or 'or'")
            }
            junction = known
        }
        guard let conditions = members["conditions"], !conditions.isNull else { return nil }
        guard let elements = conditions.elements else {
            throw InvalidFilter("conditions", "must be a list, not \(conditions.kind.rawValue)")
        }
        var filters: [Filter] = []
        for (at, element) in elements.enumerated() {
            do throws(InvalidFilter) {
                if let filter = try conditionOrFilter(element, &count) { filters.append(filter) }
            } catch {
                throw error.inside("conditions", "\(at)")
            }
        }
        return filters.isEmpty ? nil : Filter(junction, filters)
    }

    private static func conditionOrFilter(_ json: JSONText, _ count: inout Int) throws(InvalidFilter) -> Filter? {
        guard let members = json.members else {
            throw InvalidFilter(message: "must be a condition or a filter, not \(json.kind.rawValue)")
        }
        guard let key = members["key"] else {
            if members["conditions"] != nil { return try filter(json, &count) }
            throw InvalidFilter("key", "is missing")
        }
        count += 1
        guard count <= Filter.maximumConditions else {
            throw InvalidFilter(message: "a filter has \(Filter.maximumConditions) conditions at most")
        }
        guard let path = key.stringValue else { throw InvalidFilter("key", "must be a string") }
        let (source, names) = try source(path)
        let comparison = try comparison(members["operator"])
        return Filter(
            try FilterCondition(source, path: names, comparison, values(members["value"], for: comparison)))
    }

    /// The names of a path are joined by `/` or `.`.
    private static func source(
        _ path: String
    ) throws(InvalidFilter) -> (source: FilterCondition.Source, names: [String]) {
        let parts = path.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "." }.map(String.init)
        for part in parts where !isName(part) {
            throw InvalidFilter(
                "key",
                "'\(path)' is no path: names of letters, digits and '_' that do not begin with a digit, joined by '/'")
        }
        switch parts[0] {
        case "summary": return (.summary, Array(parts.dropFirst()))
        case "payload": return (.payload, Array(parts.dropFirst()))
        default:
            guard let field = EventField(name: parts[0]) else {
                throw InvalidFilter(
                    "key",
                    "there is no attribute '\(parts[0])'; there are summary/…, payload/…, "
                        + EventField.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard parts.count == 1 else {
                throw InvalidFilter("key", "\(field.rawValue) has no members; only summary and payload have")
            }
            return (.field(field), [])
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_")
        }
    }

    private static func comparison(_ value: JSONText?) throws(InvalidFilter) -> FilterOperator {
        guard let value, !value.isNull else { return .eq }
        if let comparison = value.stringValue.flatMap({ FilterOperator(ayon: $0) }) { return comparison }
        let allowed = FilterOperator.ayon.map(\.rawValue).joined(separator: ", ")
        throw InvalidFilter("operator", "\(value) is no operator; there are \(allowed)")
    }

    private static func values(
        _ value: JSONText?, for comparison: FilterOperator
    ) throws(InvalidFilter) -> [FilterScalar] {
        guard comparison.operand != .none else { return [] }
        guard let value, !value.isNull else {
            throw InvalidFilter(
                "value", "'\(comparison.rawValue)' needs a value; for what is not there use 'isnull' or 'notnull'")
        }
        if comparison.operand == .scalar {
            guard let scalar = scalar(value) else {
                throw InvalidFilter(
                    "value", "'\(comparison.rawValue)' takes a string, number or boolean, not \(value.kind.rawValue)")
            }
            return [scalar]
        }
        guard let elements = value.elements else {
            throw InvalidFilter("value", "'\(comparison.rawValue)' takes a list, not \(value.kind.rawValue)")
        }
        var scalars: [FilterScalar] = []
        for (at, element) in elements.enumerated() {
            guard let scalar = scalar(element) else {
                throw InvalidFilter(
                    "value", "\(at)", message: "must be a string, number or boolean, not \(element.kind.rawValue)")
            }
            scalars.append(scalar)
        }
        return scalars
    }

    private static func scalar(_ json: JSONText) -> FilterScalar? {
        switch json.kind {
        case .string: json.stringValue.map { .text($0) }
        case .number: json.numberText.flatMap { DecimalNumber($0) }.map { .number($0) }
        case .bool: json.boolValue.map { .bool($0) }
        case .null, .array, .object: nil
        }
    }
}
