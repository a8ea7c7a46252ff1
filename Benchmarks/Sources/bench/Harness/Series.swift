/// The figures of one side's rounds.
struct Series: Encodable {
    var median: Double
    var minimum: Double
    var maximum: Double
    var rounds: [Double]

    init(_ rounds: [Double]) {
        let sorted = rounds.sorted()
        self.rounds = rounds
        minimum = sorted.first ?? 0
        maximum = sorted.last ?? 0
        let middle = sorted.count / 2
        median =
            sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// How far the rounds are apart, as a part of the median.
    var spread: Double { median == 0 ? 0 : (maximum - minimum) / median }
}
