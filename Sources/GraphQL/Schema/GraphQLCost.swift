/// What a field costs before it is resolved, so that a document that asks for too much can be refused.
///
/// A field costs its own weight, and what is selected under it times its size. So `events(first: 100)` of size
/// `first` with 15 fields for each costs about 1 + 100 × 15.
public struct GraphQLCost: Sendable {
    /// Of the field itself.
    public var weight: Int
    /// How many values of what is selected under it to expect, given its arguments; below 1 counts as 1.
    public var size: (@Sendable (GraphQLArguments) -> Int)?

    public init(weight: Int = 1, size: (@Sendable (GraphQLArguments) -> Int)? = nil) {
        self.weight = weight
        self.size = size
    }

    /// Weight 1, size 1.
    public static let standard = GraphQLCost()
}
