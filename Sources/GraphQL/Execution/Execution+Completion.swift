import LosslessJSON

// Writing values that need no waiting.
extension Execution {
    /// Writes an object whose fields do not suspend.
    ///
    /// - Returns: false when a field that must not be null has failed; then what was written is void.
    func write(_ source: any SourceBox, _ plan: SelectionPlan, to part: inout ResponsePart) -> Bool {
        guard case .object(let resolver?) = plan.type.kind else { return false }
        let isAccepted = resolver.accepts(source)
        var separator: Unicode.Scalar = "{"
        for field in plan.fields {
            part.byte(separator)
            separator = ","
            part.raw(field.keyText)
            do {
                guard isAccepted else { throw resolver.mismatch(source) }
                guard write(try resolve(field, source), of: field, to: &part) else { return false }
            } catch {
                guard fail(error, field, &part) else { return false }
            }
        }
        if plan.fields.isEmpty { part.byte("{") }
        part.byte("}")
        return true
    }

    /// - Parameter source: what the object's resolver accepts.
    func resolve(_ field: FieldPlan, _ source: any SourceBox) throws -> GraphQLValue {
        guard let resolver = field.resolver else { return try meta(field) }
        return try resolver.resolve(source, field, self)
    }

    /// Writes what a resolver answered.
    ///
    /// - Returns: false when it has to be null and must not.
    func write(_ value: GraphQLValue, of field: FieldPlan, to part: inout ResponsePart) -> Bool {
        if let leaf = field.leaf {
            // Only what fails, or can fail further down, needs its path; scalars are written most of all.
            if case .null = value, !field.isNonNull {
                part.null()
                return true
            }
            if leaf.write(value, field.type, to: &part) { return true }
        }
        part.path.append(.key(field.key))
        defer { part.path.removeLast() }
        return write(value, field.definition.type, of: field, to: &part)
    }

    /// Reports what a resolver threw; the field becomes null.
    ///
    /// - Returns: false when it must not.
    func fail(_ error: any Error, _ field: FieldPlan, _ part: inout ResponsePart) -> Bool {
        part.path.append(.key(field.key))
        defer { part.path.removeLast() }
        report(error, of: field, &part)
        if !field.isNonNull { part.null() }
        return !field.isNonNull
    }

    /// Writes a value of a type.
    ///
    /// - Returns: false when it has to be null and must not.
    func write(
        _ value: GraphQLValue, _ type: TypeReference, of field: FieldPlan, to part: inout ResponsePart
    ) -> Bool {
        let start = part.length
        if case .null = value {
            if type.isNonNull { report(GraphQLError("\(name(of: field)) must not be null."), of: field, &part) }
        } else if writeNonNull(value, type.nullable, of: field, to: &part) {
            return true
        }
        guard !type.isNonNull else { return false }
        part.replaceByNull(since: start)
        return true
    }

    private func writeNonNull(
        _ value: GraphQLValue, _ type: TypeReference, of field: FieldPlan, to part: inout ResponsePart
    ) -> Bool {
        if case .failure(let error) = value {
            report(error, of: field, &part)
            return false
        }
        if case .list(let item) = type {
            guard case .list(let elements) = value else {
                report(Misuse(message: "The resolver of \(name(of: field)) returned no list."), of: field, &part)
                return false
            }
            return write(elements, item, of: field, to: &part)
        }
        if let leaf = LeafRule(field.type) {
            if leaf.write(value, field.type, to: &part) { return true }
            report(GraphQLError("\(name(of: field)) has a value that is no \(field.type.name)."), of: field, &part)
            return false
        }
        switch object(value, of: field) {
        case .success(let (source, plan)): return write(source, plan, to: &part)
        case .failure(let error):
            report(error, of: field, &part)
            return false
        }
    }

    private func write(
        _ elements: [GraphQLValue], _ item: TypeReference, of field: FieldPlan, to part: inout ResponsePart
    ) -> Bool {
        part.byte("[")
        part.path.append(.index(0))
        defer { part.path.removeLast() }
        for (index, element) in elements.enumerated() {
            if index > 0 { part.byte(",") }
            part.path[part.path.count - 1] = .index(index)
            guard write(element, item, of: field, to: &part) else { return false }
        }
        part.byte("]")
        return true
    }

    /// The source of an object, and the fields to write of it; why there is none otherwise.
    func object(
        _ value: GraphQLValue, of field: FieldPlan
    ) -> Result<(any SourceBox, SelectionPlan), any Error> {
        guard case .source(let source) = value else {
            return .failure(Misuse(message: "The resolver of \(name(of: field)) returned no object."))
        }
        let type = field.type
        var object = type
        if let typeName = source.box.type {
            guard let named = schema.type(named: typeName), type.possibleTypes.contains(named.id) else {
                return .failure(Misuse(message: "\(name(of: field)) cannot be a \(typeName)."))
            }
            object = named
        } else if !type.isObject {
            return .failure(Misuse(message: "The resolver of \(name(of: field)) did not tell the object's type."))
        }
        let plan = field.plan(for: object, in: self)
        if let error = plan.error { return .failure(error) }
        return .success((source.box, plan))
    }

    func report(_ error: any Error, of field: FieldPlan, _ part: inout ResponsePart) {
        var told = error as? GraphQLError ?? describeError(error)
        if told.locations.isEmpty { told.locations = field.locations(in: document) }
        told.path = part.path
        part.errors.append(told)
    }

    func name(of field: FieldPlan) -> String {
        "\(schema.type(field.parent).name).\(field.definition.name)"
    }
}
