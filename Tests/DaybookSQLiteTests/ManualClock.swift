import Daybook
import Synchronization

/// A clock that goes when it is told to, in microseconds.
final class ManualClock: Sendable {
    private let time: Mutex<Int64>

    init(_ microseconds: Int64) {
        time = Mutex(microseconds)
    }

    var now: @Sendable () -> Timestamp {
        { [self] in Timestamp(microseconds: time.withLock { $0 }) }
    }

    func advance(_ microseconds: Int64) {
        time.withLock { $0 += microseconds }
    }

    func set(_ microseconds: Int64) {
        time.withLock { $0 = microseconds }
    }
}
