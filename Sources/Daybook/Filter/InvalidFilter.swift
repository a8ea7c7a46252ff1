/// A filter that makes no sense: where, and why.
public struct InvalidFilter: Error, Hashable, Sendable, CustomStringConvertible {
    /// Names and indices that lead to the place.
    public var location: [String]
    public var message: String

    public init(_ location: String..., message: String) {
        self.location = location
        self.message = message
    }

    init(_ member: String, _ message: String) {
        self.init(member, message: message)
    }

    /// The same, seen from further out.
    func inside(_ names: String...) -> InvalidFilter {
        var outer = self
        outer.location = names + location
        return outer
    }

    public var description: String {
        location.isEmpty ? message : "\(location.joined(separator: ".")): \(message)"
    }
}
