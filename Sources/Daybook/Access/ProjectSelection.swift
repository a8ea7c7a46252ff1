/// Some projects: those that fit a pattern, and perhaps having none.
public struct ProjectSelection: Hashable, Sendable, CustomStringConvertible {
    /// How events without a project are written in a selection.
    static let noProject = "-"

    /// In a pattern `*` stands for any run of characters.
    public var patterns: [WildcardPattern]
    /// Whether events without a project belong to it.
    public var includesNoProject: Bool

    public init(patterns: [WildcardPattern], includesNoProject: Bool = false) {
        self.patterns = patterns
        self.includesNoProject = includesNoProject
    }

    public var description: String {
        (patterns.map(\.text) + (includesNoProject ? [Self.noProject] : [])).joined(separator: ",")
    }
}
