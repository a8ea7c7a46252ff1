/// Writes metrics in the Prometheus text exposition format, version 0.0.4.
///
/// Call ``family(_:_:help:_:)`` once per metric name. Names are the caller's care: `[a-zA-Z_:][a-zA-Z0-9_:]*`, base units
/// as suffix, `_total` on counters (`promtool check metrics` tells).
public struct MetricsText: Sendable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// The content type of an answer that holds this text.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// A metric, with all its samples.
    public mutating func family(
        _ name: String, _ kind: Kind, help: String, _ samples: (inout Family) -> Void
    ) {
        write("# HELP \(name) ")
        escape(help, quotation: false)
        write("\n# TYPE \(name) \(kind.rawValue)\n")
        var family = Family(name: name, text: self)
        bytes = []
        samples(&family)
        self = family.text
    }

    /// A counter with one sample; `name` ends in `_total`.
    public mutating func counter(_ name: String, help: String, _ value: some BinaryInteger) {
        family(name, .counter, help: help) { $0.sample(Double(value)) }
    }

    /// A gauge with one sample.
    public mutating func gauge(_ name: String, help: String, _ value: Double) {
        family(name, .gauge, help: help) { $0.sample(value) }
    }

    /// The samples of one metric.
    public struct Family {
        let name: String
        fileprivate(set) var text: MetricsText

        public mutating func sample(_ value: Double, _ labels: Labels = [:]) {
            text.sample(name, labels, value)
        }

        public mutating func histogram(_ histogram: Histogram.Snapshot, _ labels: Labels = [:]) {
            var cumulative = 0
            for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
                cumulative += count
                text.sample("\(name)_bucket", labels.adding("le", MetricsText.number(bound)), Double(cumulative))
            }
            text.sample("\(name)_sum", labels, histogram.sum)
            text.sample("\(name)_count", labels, Double(cumulative))
        }
    }

    private mutating func sample(_ name: String, _ labels: Labels, _ value: Double) {
        write(name)
        if !labels.labels.isEmpty {
            var separator = "{"
            for label in labels.labels {
                write("\(separator)\(label.name)=\"")
                escape(label.value, quotation: true)
                write("\"")
                separator = ","
            }
            write("}")
        }
        write(" \(Self.number(value))\n")
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func escape(_ text: String, quotation: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): write("\\\\")
            case UInt8(ascii: "\n"): write("\\n")
            case UInt8(ascii: "\"") where quotation: write("\\\"")
            default: bytes.append(byte)
            }
        }
    }

    /// As Go's `ParseFloat` reads it; whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }
}
