/// Resolves the fields of the objects of one type.
struct ObjectResolver: Sendable {
    /// By the numbers of the fields' origins.
    var resolvers: [any FieldResolver]
    /// The Swift type behind the objects.
    var source: Any.Type
    /// Whether a source is of that type. Asked once for each object, and not again for each of its fields.
    var accepts: @Sendable (any SourceBox) -> Bool

    init<Source: Sendable>(_ resolvers: [any FieldResolver], of source: Source.Type) {
        self.resolvers = resolvers
        self.source = Source.self
        accepts = { $0 is TypedSource<Source> }
    }

    func mismatch(_ box: any SourceBox) -> any Error {
        Misuse(message: "A resolver returned a \(type(of: box)) where a \(source) is wanted.")
    }
}
