import Testing

@testable import Daybook

@Suite struct TimerQueueTests {
    private let now = ContinuousClock.now

    @Test func `what is due comes in the order of its times, and once`() {
        var timers = TimerQueue<String>()
        for (name, seconds) in [("c", 3), ("a", 1), ("b", 2), ("later", 10)] {
            _ = timers.add(name, due: now + .seconds(seconds))
        }
        #expect(timers.next == now + .seconds(1))
        #expect(timers.takeDue(at: now) == [])
        #expect(timers.takeDue(at: now + .seconds(3)) == ["a", "b", "c"])
        #expect(timers.takeDue(at: now + .seconds(3)) == [])
        #expect(timers.next == now + .seconds(10))
    }

    @Test func `of the same time the first one that was added comes first`() {
        var timers = TimerQueue<Int>()
        for number in 0..<50 { _ = timers.add(number, due: now) }
        #expect(timers.takeDue(at: now) == Array(0..<50))
    }

    @Test func `what was cancelled does not come`() {
        var timers = TimerQueue<String>()
        let first = timers.add("first", due: now)
        _ = timers.add("second", due: now)
        timers.cancel(first)
        #expect(timers.takeDue(at: now) == ["second"])
        // It is over already, and nobody else's.
        timers.cancel(first)
        _ = timers.add("third", due: now)
        #expect(timers.takeDue(at: now) == ["third"])
    }
}
