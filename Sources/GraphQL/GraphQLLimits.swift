/// What a document may ask for at most. What goes beyond is refused as a request error, before any resolver runs.
public struct GraphQLLimits: Hashable, Sendable {
    /// The length of the document, in bytes of UTF-8.
    public var maximumBytes: Int
    /// Names, punctuators, numbers and strings of the document together.
    public var maximumTokens: Int
    /// How many braces, brackets and parentheses may be open at once in the text. Each costs stack: at most 256.
    public var maximumNesting: Int
    /// How many levels of fields an operation may have, fragments spread out.
    public var maximumDepth: Int
    /// How many fields (aliases are fields) an operation may have, fragments spread out.
    public var maximumFields: Int
    /// What an operation may cost: the costs of its fields, each times the page sizes of the fields around it.
    public var maximumCost: Int
    /// Comparisons made to see whether fields of one name agree. They grow with the square of like-named fields.
    public var maximumComparisons: Int
    /// Reported by validation at most; at the limit it stops.
    public var maximumErrors: Int

    public init(
        maximumBytes: Int = 100_000, maximumTokens: Int = 5_000, maximumNesting: Int = 100, maximumDepth: Int = 30,
        maximumFields: Int = 2_000, maximumCost: Int = 1_000_000, maximumComparisons: Int = 40_000,
        maximumErrors: Int = 100
    ) {
        self.maximumBytes = maximumBytes
        self.maximumTokens = maximumTokens
        self.maximumNesting = min(maximumNesting, 256)
        self.maximumDepth = maximumDepth
        self.maximumFields = maximumFields
        self.maximumCost = maximumCost
        self.maximumComparisons = maximumComparisons
        self.maximumErrors = maximumErrors
    }

    public static let standard = GraphQLLimits()
}
