import LosslessJSON

// Writing values some part of which has to be waited for. Parts that wait are written each for itself, at the same time,
// and put together when all are there.
extension Execution {
    /// Writes an object, some fields of which may suspend.
    ///
    /// - Parameter inOrder: whether a field is begun only when the one before it is written.
    func part(
        of source: any SourceBox, _ plan: SelectionPlan, path: [GraphQLPathElement], inOrder: Bool = false
    ) async -> ResponsePart {
        var whole = ResponsePart(path: path)
        guard plan.isAsync else {
            whole.isFailed = !write(source, plan, to: &whole)
            return whole
        }
        guard case .object(let resolver?) = plan.type.kind else {
            whole.isFailed = true
            return whole
        }
        let parts = await together(plan.fields.count, inOrder: inOrder || plan.fields.count { $0.isAsync } < 2) {
            index in
            await self.part(of: plan.fields[index], source, resolver, path: path)
        }
        for (index, part) in parts.enumerated() {
            whole.byte(index == 0 ? "{" : ",")
            whole.raw(plan.fields[index].keyText)
            whole.append(part)
            whole.isFailed = whole.isFailed || part.isFailed
        }
        whole.byte("}")
        return whole
    }

    /// Resolves and writes one field of an object.
    private func part(
        of field: FieldPlan, _ source: any SourceBox, _ resolver: ObjectResolver, path: [GraphQLPathElement]
    ) async -> ResponsePart {
        var part = ResponsePart(path: path)
        let value: GraphQLValue
        do {
            value = try await resolveAsync(field, source, resolver)
        } catch {
            part.isFailed = !fail(error, field, &part)
            return part
        }
        guard field.isAsync, field.selections.contains(where: { $0.selectionSet != nil }) else {
            part.isFailed = !write(value, of: field, to: &part)
            return part
        }
        return await self.part(of: value, field.definition.type, field, path: path + [.key(field.key)])
    }

    private func resolveAsync(
        _ field: FieldPlan, _ source: any SourceBox, _ resolver: ObjectResolver
    ) async throws -> GraphQLValue {
        guard resolver.accepts(source) else { throw resolver.mismatch(source) }
        guard field.definition.isAsync, let async = field.resolver else { return try resolve(field, source) }
        return try await async.resolveAsync(source, field, self)
    }

    /// Writes a value of a type with fields.
    private func part(
        of value: GraphQLValue, _ type: TypeReference, _ field: FieldPlan, path: [GraphQLPathElement]
    ) async -> ResponsePart {
        var part: ResponsePart
        switch (type.nullable, value) {
        case (.list(let item), .list(let elements)):
            part = await self.part(of: elements, item, field, path: path)
        case (.named, .source):
            switch object(value, of: field) {
            case .success(let (source, plan)): part = await self.part(of: source, plan, path: path)
            case .failure(let error):
                part = ResponsePart(path: path)
                report(error, of: field, &part)
                part.isFailed = true
            }
        default:
            // Null, a failure, or a mistake of the resolver's: nothing to wait for.
            part = ResponsePart(path: path)
            part.isFailed = !write(value, type, of: field, to: &part)
            return part
        }
        if part.isFailed, !type.isNonNull {
            var null = ResponsePart(path: path)
            null.errors = part.errors
            null.null()
            return null
        }
        return part
    }

    private func part(
        of elements: [GraphQLValue], _ item: TypeReference, _ field: FieldPlan, path: [GraphQLPathElement]
    ) async -> ResponsePart {
        var whole = ResponsePart(path: path)
        let parts = await together(elements.count, inOrder: elements.count < 2) { index in
            await self.part(of: elements[index], item, field, path: path + [.index(index)])
        }
        whole.byte("[")
        for (index, part) in parts.enumerated() {
            if index > 0 { whole.byte(",") }
            whole.append(part)
            whole.isFailed = whole.isFailed || part.isFailed
        }
        whole.byte("]")
        return whole
    }

    /// Makes parts at the same time, or one after the other. After one that has failed no other is begun in order, and
    /// those under way are cancelled: what they are part of becomes null.
    private func together(
        _ count: Int, inOrder: Bool, _ make: @escaping @Sendable (Int) async -> ResponsePart
    ) async -> [ResponsePart] {
        var parts: [ResponsePart] = []
        if inOrder {
            for index in 0..<count {
                parts.append(await make(index))
                if parts.last?.isFailed == true { break }
            }
            return parts
        }
        return await withTaskGroup(of: (Int, ResponsePart).self) { group in
            for index in 0..<count { group.addTask { (index, await make(index)) } }
            var parts: [(index: Int, part: ResponsePart)] = []
            for await (index, part) in group {
                parts.append((index, part))
                if part.isFailed { group.cancelAll() }
            }
            return parts.sorted { $0.index < $1.index }.map(\.part)
        }
    }
}
