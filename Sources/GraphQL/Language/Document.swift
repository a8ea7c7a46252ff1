/// A parsed document. Its nodes know their places as byte offsets into the source.
struct Document: Sendable {
    var source: Source
    var definitions: [Definition]
    var operations: [OperationDefinition]
    /// By name; of several the last.
    var fragments: [String: FragmentDefinition]
    /// How many fields, selection sets and fragments there are; their numbers are below these.
    var fieldCount = 0
    var selectionSetCount = 0
    var fragmentCount = 0

    func error(_ message: String, at offsets: [Int]) -> GraphQLError {
        GraphQLError(message, locations: offsets.map(source.location(at:)))
    }
}

enum Definition: Sendable {
    case operation(OperationDefinition)
    case fragment(FragmentDefinition)
    /// A definition of the type system, which nothing executes: only its place and how to call it are kept.
    case typeSystem(title: String, offset: Int)
}

/// A name as it stands in the document.
struct Name: Sendable {
    var text: String
    var offset: Int
}
