/// A registration that makes no sense, with everything that is wrong with it.
public struct InvalidRegistration: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [FieldProblem]

    public init(_ problems: [FieldProblem]) {
        self.problems = problems
    }

    public var description: String { problems.map { "\($0.field): \($0.message)" }.joined(separator: "; ") }
}
