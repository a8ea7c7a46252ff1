/// What the fields of an object are resolved from, and perhaps the name of its type.
public struct GraphQLSource: Sendable {
    let box: any SourceBox
}

/// Holds a source whose type only the object's resolver knows.
protocol SourceBox: AnyObject, Sendable {
    /// The name of the object's type, when the resolver told it.
    var type: String? { get }
}

final class TypedSource<Source: Sendable>: SourceBox {
    let value: Source
    let type: String?

    init(_ value: Source, type: String? = nil) {
        self.value = value
        self.type = type
    }
}
