/// What a side did in one round, as it tells the harness: one JSON object per line.
struct RoundReport: Codable {
    var operations: Int
    var seconds: Double
    /// User and system time of the side's whole process.
    var cpuSeconds: Double
    /// What the result occupies, where that is asked for.
    var bytes: Int = 0
    /// What one operation took, in seconds: the median or the percentile that the row is about.
    var latency: Double?
}
