import Daybook
import Synchronization

/// A clock that shows what it was set to, also an earlier time.
final class TestClock: Sendable {
    private let microseconds: Atomic<Int64>

    init(_ microseconds: Int64) {
        self.microseconds = Atomic(microseconds)
    }

    var now: Timestamp { Timestamp(microseconds: microseconds.load(ordering: .relaxed)) }

    func set(_ microseconds: Int64) {
        self.microseconds.store(microseconds, ordering: .relaxed)
    }
}
