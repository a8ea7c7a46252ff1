/// Names and values that tell a family's samples apart, in the order given.
///
/// Each distinct set is a time series of its own for ever: values come from small closed sets, never from input.
public struct Labels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    struct Label: Hashable, Sendable {
        var name: String
        var value: String
    }

    private(set) var labels: [Label]

    public init(dictionaryLiteral elements: (String, String)...) {
        labels = elements.map { Label(name: $0.0, value: $0.1) }
    }

    /// These, and one more behind them.
    public func adding(_ name: String, _ value: String) -> Labels {
        var more = self
        more.labels.append(Label(name: name, value: value))
        return more
    }
}
