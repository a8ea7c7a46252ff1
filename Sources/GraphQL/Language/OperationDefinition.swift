enum OperationKind: String, Sendable {
    case query, mutation, subscription
}

final class OperationDefinition: Sendable {
    let kind: OperationKind
    let name: Name?
    let variables: [VariableDefinition]
    let directives: [AppliedDirective]
    let selectionSet: SelectionSet
    let offset: Int

    init(
        kind: OperationKind, name: Name?, variables: [VariableDefinition], directives: [AppliedDirective],
        selectionSet: SelectionSet, offset: Int
    ) {
        self.kind = kind
        self.name = name
        self.variables = variables
        self.directives = directives
        self.selectionSet = selectionSet
        self.offset = offset
    }
}

struct VariableDefinition: Sendable {
    /// Without the dollar sign.
    var name: Name
    var type: TypeNotation
    var defaultValue: Literal?
    var directives: [AppliedDirective]
    var offset: Int
}
