/// One line of the table: Daybook and what it is held against, measured in turns.
struct Row: Sendable {
    enum Unit: String, Encodable, Sendable {
        case perSecond = "/s"
        case milliseconds = "ms"
        case bytes = "B"

        var higherIsBetter: Bool { self == .perSecond }
    }

    var name: String
    var title: String
    /// What the baseline is; nil when there is nothing to hold it against.
    var baseline: String?
    var unit: Unit
    var targets: [Target] = []
    /// Whether the figures are the same in every round.
    var isExact = false
    /// Whether it is measured only where there is a Kafka broker.
    var needsBroker = false
    /// Starts both sides; what is measured comes later, round by round.
    var start: @Sendable (Bench) throws -> Sides

    struct Sides {
        var daybook: any Contender
        /// Nil when the row has none.
        var baseline: (any Contender)?
        /// What a reader of this row should know.
        var remarks: [String] = []
    }
}

/// What a row is to show. Nothing fails when it does not: the table says so.
enum Target: Sendable {
    /// Daybook's figure divided by the baseline's.
    case ratioAtLeast(Double)
    /// Daybook's figure less the baseline's.
    case atMostAbove(Double)
    case atLeast(Double)
    case atMost(Double)

    func isMet(_ result: RowResult) -> Bool {
        switch self {
        case .ratioAtLeast(let bound): (result.ratio?.median ?? 0) >= bound
        case .atMostAbove(let bound):
            result.daybook.median - (result.baseline?.median ?? 0) <= bound
        case .atLeast(let bound): result.daybook.median >= bound
        case .atMost(let bound): result.daybook.median <= bound
        }
    }

    func text(_ unit: Row.Unit) -> String {
        switch self {
        case .ratioAtLeast(let bound): "ratio ≥ \(Figures.plain(bound))"
        case .atMostAbove(let bound): "≤ baseline + \(Figures.text(bound, unit))"
        case .atLeast(let bound): "≥ \(Figures.text(bound, unit))"
        case .atMost(let bound): "≤ \(Figures.text(bound, unit))"
        }
    }
}

/// What was measured for a row.
struct RowResult: Encodable {
    struct Verdict: Encodable {
        var target: String
        var met: Bool
    }

    var name: String
    var title: String
    var baselineTitle: String?
    var unit: Row.Unit
    var daybook: Series
    var baseline: Series?
    /// Of the rounds taken in pairs, so that a slow minute of the machine hits both sides of a ratio.
    var ratio: Series?
    /// CPU time of one operation, in microseconds, where known.
    var daybookCPU: Series?
    var baselineCPU: Series?
    var verdicts: [Verdict] = []
    var remarks: [String]
    var noise: Noise

    init(
        _ row: Row, daybook: [Measurement], baseline: [Measurement], remarks: [String], noise: Noise
    ) {
        name = row.name
        title = row.title
        baselineTitle = row.baseline
        unit = row.unit
        self.daybook = Series(daybook.map(\.value))
        if !baseline.isEmpty {
            self.baseline = Series(baseline.map(\.value))
            ratio = Series(zip(daybook, baseline).map { $0.value / $1.value })
        }
        daybookCPU = Self.cpu(daybook)
        baselineCPU = Self.cpu(baseline)
        self.remarks = remarks
        for remark in (daybook + baseline).compactMap(\.remark) where !self.remarks.contains(remark) {
            self.remarks.append(remark)
        }
        self.noise = noise
        verdicts = row.targets.map { Verdict(target: $0.text(row.unit), met: $0.isMet(self)) }
    }

    private static func cpu(_ measurements: [Measurement]) -> Series? {
        let values = measurements.compactMap(\.cpuMicroseconds)
        return values.isEmpty ? nil : Series(values)
    }
}
