import Daybook
import Synchronization

/// Where a subscriber that has seen a record goes on: the vector behind it, for the records of one batch.
///
/// Of a batch's vectors only one number differs, so the text around it is made once, and only if somebody wants it.
final class LiveToken: Sendable {
    private let others: [StreamPartition: Int64]
    private let partition: StreamPartition
    private let text = Mutex<(prefix: Substring, suffix: Substring)?>(nil)

    /// - Parameter others: the next offset of every partition before the batch.
    init(others: [StreamPartition: Int64], partition: StreamPartition) {
        self.others = others
        self.partition = partition
    }

    func text(behind offset: Int64) -> String {
        let (prefix, suffix) = text.withLock { text in
            if let text { return text }
            var vector = PositionVector(others)
            // An offset that no other partition has.
            vector[partition] = .max
            let whole = vector.description
            let place = whole.firstRange(of: "@\(Int64.max)") ?? whole.endIndex..<whole.endIndex
            let made = (whole[..<place.lowerBound], whole[place.upperBound...])
            text = made
            return made
        }
        return "\(prefix)@\(offset + 1)\(suffix)"
    }
}
