final class FragmentDefinition: Sendable {
    let name: Name
    let typeCondition: Name
    let directives: [AppliedDirective]
    let selectionSet: SelectionSet
    let offset: Int
    /// From 0, distinct in the document.
    let number: Int

    init(
        name: Name, typeCondition: Name, directives: [AppliedDirective], selectionSet: SelectionSet, offset: Int,
        number: Int
    ) {
        self.number = number
        self.name = name
        self.typeCondition = typeCondition
        self.directives = directives
        self.selectionSet = selectionSet
        self.offset = offset
    }
}
