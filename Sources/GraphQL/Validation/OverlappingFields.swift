/// Whether fields that share a name in the response can be merged: that they mean the same, unless they belong to objects
/// that exclude each other, and that their types look alike in any case.
///
/// The rule is one about pairs, so all pairs of like-named fields are compared, within a selection set and its fragments,
/// and below them. Each pair of selection sets is compared once, which bounds the work by the square of the document's
/// length; a number of comparisons and a depth bound it further.
///
/// What is wrong within one fragment is found where the fragment is defined, and not again where it is spread.
struct OverlappingFields {
    /// Why two fields cannot be merged.
    struct Conflict {
        var reason: String
        var one: FieldSelection
        var other: FieldSelection
    }

    /// What was found, up to as much as is wanted.
    private struct Findings {
        let maximum: Int
        var conflicts: [Conflict] = []

        var isFull: Bool { conflicts.count >= maximum }
    }

    /// Two things that were compared, by their numbers, the lower one first.
    private struct Pair: Hashable {
        var lower: Int
        var upper: Int
        var excludeEachOther: Bool

        init(_ one: Int, _ other: Int, _ excludeEachOther: Bool) {
            lower = min(one, other)
            upper = max(one, other)
            self.excludeEachOther = excludeEachOther
        }
    }

    /// Each comparison within another one costs stack.
    private static let maximumDepth = 100

    private let schema: Schema
    private let document: Document
    private var remaining: Int
    private var depth = 0
    private var fields: [Int: MergedFields] = [:]
    /// What is selected under two fields, and whether it disagrees.
    private var comparedSets: [Pair: Bool] = [:]
    private var comparedFragments: Set<Pair> = []
    /// Fields whose conflict has been told: those in an inline fragment are met again where that is walked.
    private var toldFields: Set<Pair> = []
    private var arguments: [Int: [String]] = [:]

    init(schema: Schema, document: Document, maximumComparisons: Int) {
        self.schema = schema
        self.document = document
        remaining = maximumComparisons
    }

    /// Whether the comparisons that are allowed have been used up; then what is found is not all.
    var isExhausted: Bool { remaining <= 0 }

    /// The pairs of fields of a selection set that cannot be merged, without those that were told before.
    mutating func conflicts(in set: SelectionSet, on parent: TypeDefinition?, maximum: Int) -> [Conflict] {
        search(set, on: parent, maximum: maximum).filter {
            toldFields.insert(Pair($0.one.number, $0.other.number, false)).inserted
        }
    }

    private mutating func search(_ set: SelectionSet, on parent: TypeDefinition?, maximum: Int) -> [Conflict] {
        let own = fields(of: set, on: parent)
        var findings = Findings(maximum: maximum)
        for name in own.names {
            guard let entries = own.entries[name], entries.count > 1 else { continue }
            for (index, one) in entries.enumerated() {
                for other in entries[(index + 1)...] {
                    guard !findings.isFull, !isExhausted else { return findings.conflicts }
                    compare(one, other, false, &findings)
                }
            }
        }
        for (index, name) in own.fragments.enumerated() {
            guard let fragment = fields(ofFragment: name) else { continue }
            compare(own, withFragment: fragment, false, &findings)
            for other in own.fragments[(index + 1)...] {
                guard !findings.isFull, !isExhausted else { return findings.conflicts }
                guard let other = fields(ofFragment: other) else { continue }
                compare(fragment: fragment, other, false, &findings)
            }
        }
        return findings.conflicts
    }

    /// A selection set's fields with a fragment's, and with those of all fragments in that.
    private mutating func compare(
        _ own: MergedFields, withFragment fragment: MergedFields, _ excludeEachOther: Bool, _ findings: inout Findings
    ) {
        guard !own.names.isEmpty else { return }
        var pending = [fragment]
        var seen: Set<Int> = []
        while let next = pending.popLast(), !findings.isFull, !isExhausted {
            guard seen.insert(next.number).inserted, next.number != own.number else { continue }
            compare(own, next, excludeEachOther, &findings)
            pending += next.fragments.reversed().compactMap { fields(ofFragment: $0) }
        }
    }

    /// All of one fragment with all of another.
    private mutating func compare(
        fragment one: MergedFields, _ other: MergedFields, _ excludeEachOther: Bool, _ findings: inout Findings
    ) {
        var pending = [(one, other)]
        while let (one, other) = pending.popLast(), !findings.isFull, !isExhausted {
            guard one.number != other.number,
                comparedFragments.insert(Pair(one.number, other.number, excludeEachOther)).inserted
            else { continue }
            compare(one, other, excludeEachOther, &findings)
            let nested = other.fragments.compactMap { fields(ofFragment: $0) }.map { (one, $0) }
            let nestedInOne = one.fragments.compactMap { fields(ofFragment: $0) }.map { ($0, other) }
            pending += (nested + nestedInOne).reversed()
        }
    }

    /// The fields of two selection sets with each other, without those of their fragments.
    private mutating func compare(
        _ one: MergedFields, _ other: MergedFields, _ excludeEachOther: Bool, _ findings: inout Findings
    ) {
        remaining -= 1
        for name in one.names {
            guard let entries = one.entries[name], let others = other.entries[name] else { continue }
            for entry in entries {
                for another in others {
                    guard !findings.isFull, !isExhausted else { return }
                    compare(entry, another, excludeEachOther, &findings)
                }
            }
        }
    }

    private mutating func compare(
        _ one: MergedFields.Entry, _ other: MergedFields.Entry, _ excludeEachOther: Bool, _ findings: inout Findings
    ) {
        remaining -= 1
        guard let reason = reasonAgainst(one, other, excludeEachOther) else { return }
        findings.conflicts.append(Conflict(reason: reason, one: one.field, other: other.field))
    }

    /// Why two fields of one response name cannot be merged; nil when they can.
    private mutating func reasonAgainst(
        _ one: MergedFields.Entry, _ other: MergedFields.Entry, _ parentsExcludeEachOther: Bool
    ) -> String? {
        var excludeEachOther = parentsExcludeEachOther
        if let parent = one.parent, let otherParent = other.parent, parent.id != otherParent.id {
            excludeEachOther = excludeEachOther || parent.isObject && otherParent.isObject
        }
        if !excludeEachOther {
            if one.field.name.text != other.field.name.text {
                return "\(one.field.name.text) and \(other.field.name.text) are different fields"
            }
            if arguments(of: one.field) != arguments(of: other.field) { return "their arguments differ" }
        }
        if let definition = one.definition, let otherDefinition = other.definition,
            !canBeOneShape(definition.type, otherDefinition.type)
        {
            return "their types \(schema.text(definition.type)) and \(schema.text(otherDefinition.type)) differ"
        }
        guard let set = one.field.selectionSet, let otherSet = other.field.selectionSet else { return nil }
        let type = one.definition.map { schema.type($0.type.named) }
        let otherType = other.definition.map { schema.type($0.type.named) }
        return disagree(fields(of: set, on: type), fields(of: otherSet, on: otherType), excludeEachOther)
            ? "what is selected under them differs" : nil
    }

    /// Whether what is selected under two fields disagrees.
    private mutating func disagree(_ one: MergedFields, _ other: MergedFields, _ excludeEachOther: Bool) -> Bool {
        guard one.number != other.number else { return false }
        let pair = Pair(one.number, other.number, excludeEachOther)
        if let known = comparedSets[pair] { return known }
        // Fragments that hold themselves lead here again.
        comparedSets[pair] = false
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            remaining = 0
            return false
        }
        var findings = Findings(maximum: 1)
        compare(one, other, excludeEachOther, &findings)
        let others = other.fragments.compactMap { fields(ofFragment: $0) }
        for fragment in others { compare(one, withFragment: fragment, excludeEachOther, &findings) }
        for name in one.fragments {
            guard !findings.isFull, let fragment = fields(ofFragment: name) else { continue }
            compare(other, withFragment: fragment, excludeEachOther, &findings)
            for another in others { compare(fragment: fragment, another, excludeEachOther, &findings) }
        }
        comparedSets[pair] = findings.isFull
        return findings.isFull
    }

    /// Whether values of two types look alike to one who reads the response: the same lists and the same nullability
    /// around the same scalar or enum, or around types with fields.
    private func canBeOneShape(_ one: TypeReference, _ other: TypeReference) -> Bool {
        switch (one, other) {
        case (.nonNull(let one), .nonNull(let other)), (.list(let one), .list(let other)): canBeOneShape(one, other)
        case (.named(let one), .named(let other)):
            one == other || !schema.type(one).isLeaf && !schema.type(other).isLeaf
        default: false
        }
    }

    /// In an order and notation that makes equal arguments equal.
    private mutating func arguments(of field: FieldSelection) -> [String] {
        if field.arguments.isEmpty { return [] }
        if let known = arguments[field.number] { return known }
        let texts = field.arguments.map { "\($0.name.text):\($0.value.canonicalText)" }.sorted()
        arguments[field.number] = texts
        return texts
    }

    private mutating func fields(ofFragment name: String) -> MergedFields? {
        guard let fragment = document.fragments[name] else { return nil }
        return fields(of: fragment.selectionSet, on: schema.type(named: fragment.typeCondition.text))
    }

    private mutating func fields(of set: SelectionSet, on parent: TypeDefinition?) -> MergedFields {
        if let known = fields[set.number] { return known }
        let new = MergedFields(set, on: parent, schema)
        fields[set.number] = new
        return new
    }
}
