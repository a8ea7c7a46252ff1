extension Filter {
    /// How long the text of a filter may be, in bytes.
    public static let maximumTextBytes = 16_384

    /// Reads a filter as people write it: `topic = entity.*.created and not status in (failed, aborted)`.
    ///
    /// `docs/filters.md` has the grammar. What is read prints itself the same way (``description``).
    ///
    /// - Throws: ``InvalidFilter`` whose location is the column.
    public init(_ text: String) throws(InvalidFilter) {
        guard text.utf8.count <= Self.maximumTextBytes else {
            throw InvalidFilter(message: "a filter has \(Self.maximumTextBytes) bytes at most")
        }
        var reader = FilterReader(text)
        self = try reader.read()
    }
}

/// Reads the text of a filter by recursive descent.
private struct FilterReader {
    private static let maximumDepth = 64
    private var scanner: FilterScanner
    private var conditions = 0
    private var depth = 0

    init(_ text: String) {
        scanner = FilterScanner(text)
    }

    mutating func read() throws(InvalidFilter) -> Filter {
        scanner.skipBlanks()
        let filter = try alternatives()
        guard scanner.isAtEnd else { throw scanner.expected("'and', 'or' or the end") }
        return filter
    }

    // MARK: - Junctions

    private mutating func alternatives() throws(InvalidFilter) -> Filter {
        var filters = [try conjunction()]
        while scanner.takeWord("or") {
            scanner.skipBlanks()
            filters.append(try conjunction())
        }
        return Filter(.or, filters)
    }

    private mutating func conjunction() throws(InvalidFilter) -> Filter {
        var filters = [try term()]
        while scanner.takeWord("and") {
            scanner.skipBlanks()
            filters.append(try term())
        }
        return Filter(.and, filters)
    }

    private mutating func term() throws(InvalidFilter) -> Filter {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw scanner.error("nested deeper than \(Self.maximumDepth) levels")
        }
        if scanner.takeWord("not") {
            scanner.skipBlanks()
            return Filter(not: try term())
        }
        guard scanner.take("(") else { return try condition() }
        scanner.skipBlanks()
        let filter = try alternatives()
        guard scanner.take(")") else { throw scanner.expected("')', 'and' or 'or'") }
        scanner.skipBlanks()
        return filter
    }

    // MARK: - Conditions

    private mutating func condition() throws(InvalidFilter) -> Filter {
        let start = scanner.at
        let (source, path) = try subject()
        conditions += 1
        guard conditions <= Filter.maximumConditions else {
            throw scanner.error("a filter has \(Filter.maximumConditions) conditions at most", at: start)
        }
        scanner.skipBlanks()
        let place = scanner.at
        let (comparison, isNegated) = try comparison(place)
        scanner.skipBlanks()
        var operand = Operand(source: source, comparison: comparison)
        switch comparison.operand {
        case .none: break
        case .scalar: operand.values = [try value(operand)]
        case .list: try list(&operand)
        }
        scanner.skipBlanks()
        let condition: FilterCondition
        do throws(InvalidFilter) {
            condition = try FilterCondition(source, path: path, operand.effectiveComparison, operand.values)
        } catch {
            throw scanner.error(error.message, at: place)
        }
        return isNegated || operand.isNegated ? Filter(not: Filter(condition)) : Filter(condition)
    }

    private mutating func subject() throws(InvalidFilter) -> (FilterCondition.Source, [String]) {
        let start = scanner.at
        guard let name = scanner.takeName() else { throw scanner.expected("an attribute, 'not' or '('") }
        let source: FilterCondition.Source
        switch name {
        case "summary": source = .summary
        case "metadata": source = .metadata
        case "payload": source = .payload
        default:
            guard let field = EventField(name: name) else {
                throw scanner.error(
                    "there is no attribute '\(name)'; there are summary.…, metadata.…, payload.…, "
                        + EventField.allCases.map(\.rawValue).joined(separator: ", "), at: start)
            }
            source = .field(field)
        }
        var path: [String] = []
        while scanner.take(".") {
            guard let part = try scanner.takeQuoted() ?? scanner.takeName() else {
                throw scanner.expected("the name of a member")
            }
            path.append(part)
        }
        if case .field(let field) = source, !path.isEmpty {
            throw scanner.error(
                "\(field.rawValue) has no members; only summary, metadata and payload have", at: start)
        }
        if path.isEmpty, source == .summary || source == .metadata || source == .payload {
            throw scanner.error("say which member: \(name).NAME", at: start)
        }
        return (source, path)
    }

    private mutating func comparison(_ place: Int) throws(InvalidFilter) -> (FilterOperator, isNegated: Bool) {
        if scanner.take("!=") { return (.ne, false) }
        if scanner.take("<=") { return (.lte, false) }
        if scanner.take(">=") { return (.gte, false) }
        if scanner.take("<") { return (.lt, false) }
        if scanner.take(">") { return (.gt, false) }
        if scanner.take("~") { return (.matches, false) }
        if scanner.take("=") { return (.eq, false) }
        if scanner.takeWord("is") {
            scanner.skipBlanks()
            let isNegated = scanner.takeWord("not")
            scanner.skipBlanks()
            guard scanner.takeWord("null") else { throw scanner.expected("'null' or 'not null'") }
            return (isNegated ? .notnull : .isnull, false)
        }
        if scanner.takeWord("not") {
            scanner.skipBlanks()
            guard scanner.takeWord("in") else { throw scanner.expected("'in'") }
            return (.notin, false)
        }
        for comparison in Self.words where scanner.takeWord(comparison.rawValue) { return (comparison, false) }
        throw scanner.expected(
            "a comparison (=, !=, <, <=, >, >=, ~, is null, is not null, not in, "
                + Self.words.map(\.rawValue).joined(separator: ", ") + ")")
    }

    private static let words: [FilterOperator] = [
        .in, .like, .includes, .excludes, .includesall, .excludesall, .includesany, .excludesany,
    ]

    // MARK: - Values

    /// `(a, b)`, or `()`, in which nothing is; a pattern may also stand alone.
    private mutating func list(_ operand: inout Operand) throws(InvalidFilter) {
        guard scanner.take("(") else {
            guard operand.comparison == .matches else { throw scanner.expected("'(' and values") }
            operand.values = [try value(operand)]
            return
        }
        scanner.skipBlanks()
        if scanner.take(")") { return }
        repeat {
            scanner.skipBlanks()
            operand.values.append(try value(operand))
            scanner.skipBlanks()
        } while scanner.take(",")
        guard scanner.take(")") else { throw scanner.expected("',' or ')'") }
    }

    private mutating func value(_ operand: Operand) throws(InvalidFilter) -> FilterScalar {
        let start = scanner.at
        let scalar: FilterScalar
        if let text = try scanner.takeQuoted() {
            scalar = .text(text)
        } else {
            guard let word = scanner.takeBareValue() else { throw scanner.expected("a value") }
            scalar = try bare(word, operand, start)
        }
        if let problem = operand.problem(of: scalar) { throw scanner.error(problem, at: start) }
        return scalar
    }

    /// What a value without quotes is depends on what it is compared with.
    private func bare(_ word: String, _ operand: Operand, _ start: Int) throws(InvalidFilter) -> FilterScalar {
        guard word.lowercased() != "null" else {
            throw scanner.error("for what is not there write 'is null' or 'is not null'", at: start)
        }
        if case .field(let field) = operand.source {
            guard field.form == .number else { return .text(word) }
            if let number = DecimalNumber(word) { return .number(number) }
            throw scanner.error("\(field.rawValue) is a number, and '\(word)' is none", at: start)
        }
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: return DecimalNumber(word).map { .number($0) } ?? .text(word)
        }
    }
}

/// What a condition compares with, while it is read.
private struct Operand {
    let source: FilterCondition.Source
    let comparison: FilterOperator
    var values: [FilterScalar] = []

    /// `*` in a topic makes it a pattern, since no topic has one.
    private var isTopicPattern: Bool {
        guard source == .field(.topic) else { return false }
        return [.eq, .ne, .in, .notin].contains(comparison)
            && values.contains { if case .text(let text) = $0 { text.utf8.contains(UInt8(ascii: "*")) } else { false } }
    }

    var effectiveComparison: FilterOperator { isTopicPattern ? .matches : comparison }
    var isNegated: Bool { isTopicPattern && (comparison == .ne || comparison == .notin) }

    /// What is wrong with a value that could never be met.
    func problem(of value: FilterScalar) -> String? {
        guard case .field(let field) = source, [.eq, .ne, .in, .notin].contains(comparison),
            case .text(let text) = value
        else { return nil }
        func among(_ known: [String]) -> String? {
            known.contains(text) ? nil : "\(field.rawValue) is one of \(known.joined(separator: ", ")), not '\(text)'"
        }
        switch field {
        case .topic: return TopicPattern(text) == nil ? "'\(text)' is no topic and no pattern of topics" : nil
        case .status: return among(EventStatus.allCases.map(\.rawValue))
        case .severity: return among(Severity.allCases.map(\.rawValue))
        case .kind: return among(EventKind.allCases.map(\.rawValue))
        case .operation: return among(EntityOperation.allCases.map(\.rawValue))
        default: return nil
        }
    }
}
