/// An entry of the topic catalogue that is refused, with everything that is wrong with it.
public struct InvalidTopicEntry: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [FieldProblem]

    public init(_ problems: [FieldProblem]) {
        self.problems = problems
    }

    public var description: String { problems.map(\.description).joined(separator: "; ") }
}
