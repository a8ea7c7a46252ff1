final class SelectionSet: Sendable {
    let selections: [Selection]
    let offset: Int
    /// From 0, distinct in the document.
    let number: Int

    init(selections: [Selection], offset: Int, number: Int) {
        self.selections = selections
        self.offset = offset
        self.number = number
    }
}

enum Selection: Sendable {
    case field(FieldSelection)
    case spread(FragmentSpread)
    case inline(InlineFragment)

    var directives: [AppliedDirective] {
        switch self {
        case .field(let field): field.directives
        case .spread(let spread): spread.directives
        case .inline(let fragment): fragment.directives
        }
    }
}

final class FieldSelection: Sendable {
    let alias: Name?
    let name: Name
    let arguments: [GivenArgument]
    let directives: [AppliedDirective]
    let selectionSet: SelectionSet?
    /// From 0, distinct in the document.
    let number: Int

    init(
        alias: Name?, name: Name, arguments: [GivenArgument], directives: [AppliedDirective],
        selectionSet: SelectionSet?, number: Int
    ) {
        self.alias = alias
        self.name = name
        self.arguments = arguments
        self.directives = directives
        self.selectionSet = selectionSet
        self.number = number
    }

    /// The name the response has for it.
    var responseName: String { alias?.text ?? name.text }
    var offset: Int { alias?.offset ?? name.offset }
}

struct FragmentSpread: Sendable {
    var name: Name
    var directives: [AppliedDirective]
    var offset: Int
}

struct InlineFragment: Sendable {
    var typeCondition: Name?
    var directives: [AppliedDirective]
    var selectionSet: SelectionSet
    var offset: Int
}

/// A directive where it is used.
struct AppliedDirective: Sendable {
    var name: Name
    var arguments: [GivenArgument]
    var offset: Int
}

/// An argument where it is given.
struct GivenArgument: Sendable {
    var name: Name
    var value: Literal
}
