/// A pattern as SQL's `ILIKE` has it: `%` stands for any run of characters, `_` for one; a backslash takes the next
/// character as it is. The whole text must match, whatever its case.
public struct LikePattern: Hashable, Sendable {
    private enum Element: Hashable, Sendable {
        case run
        case any
        case one(Unicode.Scalar)
    }

    public let text: String
    private let elements: [Element]

    public init(_ text: String) {
        self.text = text
        var elements: [Element] = []
        var isEscaped = false
        for scalar in Self.folded(text) {
            switch scalar {
            case "\\" where !isEscaped:
                isEscaped = true
                continue
            case "%" where !isEscaped: if elements.last != .run { elements.append(.run) }
            case "_" where !isEscaped: elements.append(.any)
            default: elements.append(.one(scalar))
            }
            isEscaped = false
        }
        self.elements = elements
    }

    private static func folded(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
    }

    /// With one point to go back to, which is enough for `%`: no input makes it slower than pattern × text.
    public func matches(_ text: String) -> Bool {
        let scalars = Self.folded(text)
        var (at, inText) = (0, 0)
        var back: (pattern: Int, text: Int)?
        while inText < scalars.count {
            if at < elements.count, elements[at] == .run {
                at += 1
                back = (at, inText)
            } else if at < elements.count, elements[at] == .any || elements[at] == .one(scalars[inText]) {
                at += 1
                inText += 1
            } else if let point = back {
                back = (point.pattern, point.text + 1)
                (at, inText) = (point.pattern, point.text + 1)
            } else {
                return false
            }
        }
        return elements[at...].allSatisfy { $0 == .run }
    }
}
