/// A filter's conditions, as a tree and in a row, each with where to go on: what is done for every record, without walking
/// the tree and without a copy of anything.
final class FilterProgram: Sendable {
    let root: Filter.Node
    let payloadConditions: [FilterCondition]

    private static let accept = -1
    private static let reject = -2

    private enum Test {
        /// The attribute is one of the pieces.
        case texts(EventField, Range<Int>)
        /// The attribute begins with one of the pieces.
        case beginnings(EventField, Range<Int>)
        /// The attribute fits one of the pieces, which are patterns.
        case patterns(EventField, Range<Int>)
        /// A condition, by its number.
        case condition(Int)
        /// What came of a condition on the payload.
        case payload(Int)
    }

    private struct Step {
        var test: Test
        /// The number of the next step, or the outcome.
        var whenTrue: Int
        var whenFalse: Int
    }

    private let steps: [Step]
    private let start: Int
    private let conditions: [FilterCondition]
    /// Where the texts and patterns lie in ``bytes``.
    private let pieces: [Range<Int>]
    private let bytes: [UInt8]

    init(_ root: Filter.Node, _ payloadConditions: [FilterCondition]) {
        self.root = root
        self.payloadConditions = payloadConditions
        var builder = Builder()
        start = builder.add(root, whenTrue: Self.accept, whenFalse: Self.reject)
        steps = builder.steps
        conditions = builder.conditions
        pieces = builder.pieces
        bytes = builder.bytes
    }

    func holds(for event: some FilterSubject, _ payload: Filter.PayloadResults) -> Bool {
        bytes.withUnsafeBytes { bytes in
            pieces.withUnsafeBufferPointer { pieces in
                steps.withUnsafeBufferPointer { steps in
                    var at = start
                    while at >= 0 {
                        let step = steps[at]
                        let holds =
                            switch step.test {
                            case .texts(let field, let range):
                                event.withText(of: field) { text in
                                    guard let text else { return false }
                                    return range.contains { text.isEqual(to: bytes.part(pieces[$0])) }
                                }
                            case .beginnings(let field, let range):
                                event.withText(of: field) { text in
                                    guard let text else { return false }
                                    return range.contains { text.begins(with: bytes.part(pieces[$0])) }
                                }
                            case .patterns(let field, let range):
                                event.withText(of: field) { text in
                                    guard let text else { return false }
                                    return range.contains {
                                        WildcardPattern.matches(text, pattern: bytes.part(pieces[$0]))
                                    }
                                }
                            case .condition(let number): conditions[number].holds(for: event)
                            case .payload(let number): payload[number]
                            }
                        at = holds ? step.whenTrue : step.whenFalse
                    }
                    return at == Self.accept
                }
            }
        }
    }

    private struct Builder {
        var steps: [Step] = []
        var conditions: [FilterCondition] = []
        var pieces: [Range<Int>] = []
        var bytes: [UInt8] = []

        /// - Returns: where to begin.
        mutating func add(_ node: Filter.Node, whenTrue: Int, whenFalse: Int) -> Int {
            switch node {
            // Backwards, since each has to know where the next one begins.
            case .all(let nodes):
                return nodes.reversed().reduce(whenTrue) { add($1, whenTrue: $0, whenFalse: whenFalse) }
            case .any(let nodes):
                return nodes.reversed().reduce(whenFalse) { add($1, whenTrue: whenTrue, whenFalse: $0) }
            case .not(let node): return add(node, whenTrue: whenFalse, whenFalse: whenTrue)
            case .condition(let condition):
                steps.append(Step(test: test(condition), whenTrue: whenTrue, whenFalse: whenFalse))
            case .payload(let number):
                steps.append(Step(test: .payload(number), whenTrue: whenTrue, whenFalse: whenFalse))
            }
            return steps.count - 1
        }

        private mutating func test(_ condition: FilterCondition) -> Test {
            if case .field(let field) = condition.source, field.form == .text {
                switch condition.comparison {
                case .eq, .in: return .texts(field, add(condition.values))
                case .matches:
                    // Most patterns are a beginning and a star, for which no pattern has to be walked.
                    let beginnings = condition.values.compactMap(beginning)
                    return beginnings.count == condition.values.count
                        ? .beginnings(field, add(beginnings)) : .patterns(field, add(condition.values))
                default: break
                }
            }
            conditions.append(condition)
            return .condition(conditions.count - 1)
        }

        /// What is before the star, when a pattern has one star and that at its end.
        private func beginning(_ value: FilterScalar) -> FilterScalar? {
            guard case .text(let text) = value, text.utf8.firstIndex(of: UInt8(ascii: "*")) == text.utf8.indices.last
            else { return nil }
            return text.isEmpty ? nil : .text(String(text.dropLast()))
        }

        private mutating func add(_ values: [FilterScalar]) -> Range<Int> {
            let first = pieces.count
            for case .text(let text) in values {
                let start = bytes.count
                bytes += text.utf8
                pieces.append(start..<bytes.count)
            }
            return first..<pieces.count
        }
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    @inline(__always)
    fileprivate func begins(with beginning: UnsafeRawBufferPointer) -> Bool {
        count >= beginning.count && part(0..<beginning.count).isEqual(to: beginning)
    }
}
