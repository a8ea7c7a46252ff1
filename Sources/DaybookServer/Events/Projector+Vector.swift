import Daybook
import DaybookIndex

extension Projector {
    /// Waits until every record before the vector is in the index.
    ///
    /// - Returns: whether they are; false when the time is up.
    func waitUntilApplied(_ vector: PositionVector, timeout: Duration) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        for (partition, offset) in vector.offsets where offset > 0 {
            let left = ContinuousClock.now.duration(to: deadline)
            guard await waitUntilApplied(Position(partition, offset - 1), timeout: max(left, .zero)) else {
                return false
            }
        }
        return true
    }
}
