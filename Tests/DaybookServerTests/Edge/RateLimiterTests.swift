import Testing

@testable import DaybookServer

struct RateLimiterTests {
    private let start = ContinuousClock.now

    @Test func `so many at once, then as many as come back`() {
        let limiter = RateLimiter<String>(rate: 2, burst: 3)
        for _ in 1...3 { #expect(limiter.take("a", now: start) == nil) }
        #expect(limiter.take("a", now: start) == .milliseconds(500))
        // What is refused costs nothing.
        #expect(limiter.take("a", now: start + .milliseconds(400)) == .milliseconds(100))
        #expect(limiter.take("a", now: start + .milliseconds(500)) == nil)
        #expect(limiter.take("a", now: start + .milliseconds(500)) != nil)
        // A long pause gives no more than a burst.
        let later = start + .seconds(100)
        for _ in 1...3 { #expect(limiter.take("a", now: later) == nil) }
        #expect(limiter.take("a", now: later) != nil)
    }

    @Test func `one does not bear on another`() {
        let limiter = RateLimiter<String>(rate: 1, burst: 1)
        #expect(limiter.take("a", now: start) == nil)
        #expect(limiter.take("a", now: start) != nil)
        #expect(limiter.take("b", now: start) == nil)
    }

    @Test func `as many pass in a long time as the rate says`() {
        let limiter = RateLimiter<Int>(rate: 10, burst: 5)
        var passed = 0
        for millisecond in 0..<10_000 where limiter.take(1, now: start + .milliseconds(millisecond)) == nil {
            passed += 1
        }
        #expect(passed == 5 + 99)
    }

    @Test func `memory is bounded, and who finds no place shares one`() {
        let limiter = RateLimiter<Int>(rate: 1, burst: 2, capacity: 100)
        for key in 0..<1000 { _ = limiter.take(key, now: start) }
        #expect(limiter.count == 100)
        #expect(limiter.take(5000, now: start) != nil, "those who find no place have used up what they share")
        #expect(limiter.take(5, now: start) == nil, "who is known keeps its own")
        // Once their buckets are full they are forgotten.
        #expect(limiter.take(6000, now: start + .seconds(10)) == nil)
        #expect(limiter.count == 1)
    }
}
