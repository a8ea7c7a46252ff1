/// One side of a row. It stays alive over all rounds and is idle while the other side has its turn.
protocol Contender: AnyObject {
    func round() throws -> Measurement
    func stop()
}

/// One round's figure, in the row's unit.
struct Measurement {
    var value: Double
    /// CPU time for one operation, in microseconds, where it is known.
    var cpuMicroseconds: Double?
    /// What is to be said about this round, if anything.
    var remark: String?
}
