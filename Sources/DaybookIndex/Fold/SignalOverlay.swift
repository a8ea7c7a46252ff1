import Daybook
import DequeModule

/// The progress that signals tell of. It is shown as long as the record the signal was based on is the event's last one,
/// whatever comes first, signal or record.
struct SignalOverlay {
    struct Signal {
        var basis: Position
        var progress: Double
        /// The log time of the signal.
        var time: Int64
    }

    /// Signals older than this, by the log time of newer ones, are dropped: an hour, as long as the log keeps them.
    private static let maximumAge: Int64 = 3600 * 1_000_000

    private let maximumCount: Int
    private var byEvent: [EventID: Signal] = [:]
    /// Events with their signals' times, oldest first; an entry is void when the event has a later signal.
    private var ages: Deque<(id: EventID, time: Int64)> = []

    init(maximumCount: Int) {
        self.maximumCount = maximumCount
    }

    var count: Int { byEvent.count }
    var isEmpty: Bool { byEvent.isEmpty }

    /// Of an event's signals the one with the latest basis counts, and of those with one basis the last one.
    mutating func apply(_ id: EventID, basis: Position, progress: Double, time: Int64) {
        if let known = byEvent[id], Self.isOrdered(basis, known.basis) { return }
        byEvent[id] = Signal(basis: basis, progress: progress, time: time)
        ages.append((id, time))
        while let oldest = ages.first {
            let isVoid = byEvent[oldest.id]?.time != oldest.time
            guard isVoid || byEvent.count > maximumCount || oldest.time < time - Self.maximumAge else { break }
            if !isVoid { byEvent[oldest.id] = nil }
            ages.removeFirst()
        }
        // Many signals of few events: void entries are swept before they outnumber the others much.
        if ages.count > 2 * byEvent.count + 1024 {
            ages.removeAll { byEvent[$0.id]?.time != $0.time }
        }
    }

    private static func isOrdered(_ a: Position, _ b: Position) -> Bool {
        a.isBefore(b) ?? (a.partition < b.partition)
    }

    /// The progress to show for an event whose last record lies at this position; nil for its own.
    func progress(of id: EventID, partition: StreamPartition, lastOffset: Int64) -> Double? {
        guard let signal = byEvent[id], signal.basis.offset == lastOffset, signal.basis.partition == partition else {
            return nil
        }
        return signal.progress
    }
}
