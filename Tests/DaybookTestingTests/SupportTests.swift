import Daybook
import DaybookTesting
import Testing

@Suite struct SupportTests {
    @Test func deadlineGivesTheResult() async throws {
        #expect(try await withDeadline(what: "a sum") { 1 + 1 } == 2)
    }

    @Test func deadlineThrowsWhatIsThrown() async {
        struct Broken: Error {}
        await #expect(throws: Broken.self) { try await withDeadline(what: "nothing") { throw Broken() } }
    }

    @Test func deadlineNamesWhatHangs() async throws {
        let never = Watched()
        let error = await #expect(throws: DeadlineExceeded.self) {
            try await withDeadline(.milliseconds(20), what: "the moon to fall") { try await never.fired() }
        }
        #expect(error?.description == "waited \(Duration.milliseconds(20)) in vain for the moon to fall")
    }

    @Test func deadlineLeavesBehindWhatIgnoresIt() async {
        let never = Watched()
        await #expect(throws: DeadlineExceeded.self) {
            try await withDeadline(.milliseconds(20), what: "a deaf task") {
                try await Task { try await never.fired() }.value
            }
        }
        never.fire()
    }

    @Test func cancellationReachesTheOperation() async throws {
        let (begun, never) = (Watched(), Watched())
        let task = Task {
            try await withDeadline(what: "a cancelled task") {
                begun.fire()
                try await never.fired()
            }
        }
        try await begun.fired()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func everyWaiterSeesAnUpdate() async throws {
        let value = Watched(0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for limit in 1...20 {
                group.addTask { try await value.when { $0 >= limit ? limit : nil } }
            }
            for _ in 0..<20 {
                value.update { $0 += 1 }
                await Task.yield()
            }
            var seen: Set<Int> = []
            for try await limit in group { seen.insert(limit) }
            #expect(seen == Set(1...20))
        }
    }

    @Test func waitersRaceWithUpdatesAndCancellations() async throws {
        for _ in 0..<200 {
            let value = Watched(false)
            let waiting = Task { try await value.fired() }
            let cancelling = Task { waiting.cancel() }
            let firing = Task { value.fire() }
            _ = await (cancelling.value, firing.value)
            // Either way it comes to an end.
            do { try await waiting.value } catch is CancellationError {}
        }
    }

    @Test func manualClockWakesThoseWhoseTimeHasCome() async throws {
        let clock = ManualClock()
        let start = clock.timestamp
        let awake = Watched<Set<Int>>([])
        let now = clock.now
        let sleepers = [1, 2, 3].map { (seconds: Int) -> Task<Void, any Error> in
            Task {
                try await clock.sleep(until: now.advanced(by: .seconds(seconds)), tolerance: nil)
                awake.update { _ = $0.insert(seconds) }
            }
        }
        clock.advance(by: .seconds(2))
        try await sleepers[0].value
        try await sleepers[1].value
        #expect(awake.value == [1, 2])
        #expect(clock.timestamp == start.advanced(by: .seconds(2)))
        #expect(clock.tick() > start.advanced(by: .seconds(2)))
        sleepers[2].cancel()
        await #expect(throws: CancellationError.self) { try await sleepers[2].value }
    }

    @Test func namesDiffer() {
        let names = (0..<1000).map { _ in uniqueName("a") }
        #expect(Set(names).count == 1000)
        #expect(names.allSatisfy { $0.count == 14 && $0.hasPrefix("a-") })
    }
}
