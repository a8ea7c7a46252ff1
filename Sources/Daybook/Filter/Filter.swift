import LosslessJSON

/// Conditions on an event, joined by "and" and "or".
///
/// Those on the payload are worked out apart (``payloadResults(_:)``), since a payload is at hand only where its record
/// is: what came of them is kept, and the payload is not needed again.
public struct Filter: Hashable, Sendable {
    public enum Junction: String, Hashable, Sendable {
        case and, or
    }

    indirect enum Node: Hashable, Sendable {
        case all([Node])
        case any([Node])
        case not(Node)
        case condition(FilterCondition)
        /// A condition on the payload, by its number in ``Filter/payloadConditions``.
        case payload(Int)
    }

    /// How many conditions a filter may have.
    public static let maximumConditions = 256

    /// What came of the conditions on the payload, a bit for each.
    public struct PayloadResults: Hashable, Sendable {
        fileprivate var bits: [UInt64]

        fileprivate(set) subscript(number: Int) -> Bool {
            get { bits[number >> 6] & 1 << (number & 63) != 0 }
            set {
                if newValue {
                    bits[number >> 6] |= 1 << (number & 63)
                } else {
                    bits[number >> 6] &= ~(1 << (number & 63))
                }
            }
        }
    }

    /// All there is of it: one thing to count references of, since filters are copied for each event.
    private let program: FilterProgram

    var root: Node { program.root }
    var payloadConditions: [FilterCondition] { program.payloadConditions }

    private init(_ root: Node, _ payloadConditions: [FilterCondition]) {
        program = FilterProgram(root, payloadConditions)
    }

    public static func == (one: Filter, other: Filter) -> Bool {
        one.root == other.root && one.payloadConditions == other.payloadConditions
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(root)
        hasher.combine(payloadConditions)
    }

    /// A filter of one condition.
    public init(_ condition: FilterCondition) {
        if condition.source == .payload {
            self.init(.payload(0), [condition])
        } else {
            self.init(.condition(condition), [])
        }
    }

    /// Filters joined.
    public init(_ junction: Junction, _ filters: [Filter]) {
        var conditions: [FilterCondition] = []
        var nodes: [Node] = []
        for filter in filters {
            nodes.append(filter.root.renumbered(by: conditions.count))
            conditions += filter.payloadConditions
        }
        self.init(nodes.count == 1 ? nodes[0] : junction == .and ? .all(nodes) : .any(nodes), conditions)
    }

    /// What a filter does not match.
    public init(not filter: Filter) {
        self.init(.not(filter.root), filter.payloadConditions)
    }

    /// Whether the payload has a say.
    public var readsPayload: Bool { !payloadConditions.isEmpty }

    /// What comes of the conditions on the payload. One that is no JSON object has no members.
    public func payloadResults(_ payload: Payload?) -> PayloadResults {
        guard readsPayload else { return PayloadResults(bits: []) }
        var results = PayloadResults(bits: Array(repeating: 0, count: (payloadConditions.count + 63) / 64))
        let object = payload.flatMap { $0.isJSON ? try? JSONText($0.bytes) : nil } ?? .emptyObject
        for (at, condition) in payloadConditions.enumerated() { results[at] = condition.holds(in: object) }
        return results
    }

    /// Whether an event meets the filter.
    ///
    /// - Parameter payload: what this filter's ``payloadResults(_:)`` gave for its payload.
    public func matches(_ event: some FilterSubject, payload: PayloadResults) -> Bool {
        program.holds(for: event, payload)
    }

    /// The same.
    ///
    /// - Parameter payload: asked for only when a condition is on it.
    public func matches(_ event: some FilterSubject, payload: () -> Payload?) -> Bool {
        matches(event, payload: payloadResults(readsPayload ? payload() : nil))
    }

    /// Whether an event that is there as a whole meets the filter.
    public func matches(_ event: Event) -> Bool {
        matches(event, payload: payloadResults(event.payload))
    }
}

extension Filter.Node {
    fileprivate func renumbered(by difference: Int) -> Filter.Node {
        switch self {
        case .all(let nodes): .all(nodes.map { $0.renumbered(by: difference) })
        case .any(let nodes): .any(nodes.map { $0.renumbered(by: difference) })
        case .not(let node): .not(node.renumbered(by: difference))
        case .payload(let number): .payload(number + difference)
        case .condition: self
        }
    }
}
