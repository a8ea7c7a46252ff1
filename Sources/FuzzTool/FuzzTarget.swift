/// A decoder that takes what anybody may send, and what has to hold of it whatever comes.
protocol FuzzTarget {
    associatedtype Input

    init() throws

    /// Makes an input: of the grammar, which the decoder has to take, or broken.
    mutating func input(_ random: inout FuzzRandom) -> Input

    /// Lets the decoder have it.
    ///
    /// - Returns: whether it was taken.
    /// - Throws: ``Violation`` when something does not hold.
    func run(_ input: Input) async throws -> Bool

    /// The input as people can read it.
    func describe(_ input: Input) -> String
}

/// What should hold and does not.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// - Throws: ``Violation``.
func check(_ holds: Bool, _ what: @autoclosure () -> String) throws(Violation) {
    if !holds { throw Violation(what()) }
}
