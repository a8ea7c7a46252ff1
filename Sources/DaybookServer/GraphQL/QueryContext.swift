import Daybook
import DaybookIndex
import Synchronization

/// What the fields of one GraphQL request are resolved with.
struct QueryContext: Sendable {
    let reader: EventReader
    let search: LogSearch
    let registrations: RegistrationParts
    let payloads: PayloadAllowance
}

/// How many bytes of payloads one answer may still hold: it is made in memory.
final class PayloadAllowance: Sendable {
    private let left: Atomic<Int>

    init(bytes: Int) {
        left = Atomic(bytes)
    }

    var isSpent: Bool { left.load(ordering: .relaxed) <= 0 }

    func take(_ count: Int) { left.subtract(count, ordering: .relaxed) }
}
