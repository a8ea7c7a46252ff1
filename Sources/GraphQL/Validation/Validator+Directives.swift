extension Validator {
    func walk(_ directives: [AppliedDirective], at location: DirectiveLocation) throws(Stop) {
        for directive in directives {
            let name = directive.name.text
            let definition = schema.directive(name)
            if let definition {
                if !definition.locations.contains(location) {
                    try report("@\(name) may not stand on \(location.rawValue).", at: directive.offset)
                }
                for argument in directive.arguments where definition.argument(argument.name.text) == nil {
                    try report("@\(name) has no argument \(argument.name.text).", at: argument.name.offset)
                }
            } else {
                try report("There is no directive @\(name).", at: directive.offset)
            }
            try checkArgumentsAreDistinct(directive.arguments)
            for argument in directive.arguments {
                try walk(argument.value, as: definition?.argument(argument.name.text)?.type)
            }
            if let definition {
                try checkRequired(
                    definition.arguments, given: directive.arguments, of: "@\(name)", at: directive.offset)
            }
        }
    }

    /// A directive stands once in a place unless it may be repeated.
    func checkDirectivesAreDistinct(_ directives: [AppliedDirective]) throws(Stop) {
        guard directives.count > 1 else { return }
        var first: [String: Int] = [:]
        for directive in directives {
            let name = directive.name.text
            guard let definition = schema.directive(name), !definition.isRepeatable else { continue }
            if let other = first[name] {
                try report("@\(name) may stand here only once.", at: other, directive.offset)
            } else {
                first[name] = directive.offset
            }
        }
    }
}
