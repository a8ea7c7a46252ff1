/// A scope that cannot be read, and where.
public struct InvalidScope: Error, Hashable, Sendable, CustomStringConvertible {
    /// Of the first character that is wrong, from 1.
    public var column: Int
    public var message: String

    public init(column: Int, _ message: String) {
        self.column = column
        self.message = message
    }

    public var description: String { "column \(column): \(message)" }
}
