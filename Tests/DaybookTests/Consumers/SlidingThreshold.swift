import Daybook

/// Raises one event when a key has so many events within a window, and another one only after it had fewer again: what
/// Correlator does with failed logins.
///
/// A key's count depends on the window before an event, and whether it was reached before on that before the event before:
/// so it is made anew from twice the window.
struct SlidingThreshold: EventTransform {
    var limit: Int
    var window: Duration
    private var times: [String: [Timestamp]] = [:]

    init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = window
    }

    var lookBack: Duration { window * 2 }

    mutating func transform(_ delivery: Delivery) -> [Event] {
        let key = delivery.event.orderingKey ?? delivery.event.id.description
        let now = delivery.entry.time
        let before = times[key] ?? []
        let wasReached = Self.count(before, within: window, of: before.last) >= limit
        let recent = before.filter { $0.duration(to: now) < window } + [now]
        times[key] = recent
        guard recent.count >= limit, !wasReached else { return [] }
        return [Event(topic: "login.attempts_exceeded", description: key, severity: .error, orderingKey: key)]
    }

    private static func count(_ times: [Timestamp], within window: Duration, of last: Timestamp?) -> Int {
        guard let last else { return 0 }
        return times.count { $0.duration(to: last) < window }
    }
}
