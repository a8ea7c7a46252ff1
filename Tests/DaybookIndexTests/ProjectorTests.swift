import Daybook
import DaybookTesting
import Synchronization
import Testing

@testable import DaybookIndex

@Suite struct ProjectorTests {
    static let patience = Duration.seconds(60)

    /// Where the log writes, only what is short is applied, and nobody is waited for.
    @Test func `a long batch, or a locked index, is for another thread`() {
        let index = EventIndex()
        let partition = StreamPartition("daybook.a", 0)
        func batch(_ count: Int) -> RecordBatch {
            let records = (0..<count).map {
                StoredRecord(offset: Int64($0), time: Timestamp(microseconds: 0), record: Record())
            }
            return RecordBatch(partition: partition, records: records, nextOffset: Int64(count), end: Int64(count))
        }
        #expect(index.canApplyAtOnce(batch(64)))
        #expect(!index.canApplyAtOnce(batch(65)))
        #expect(!index.read { _ in index.canApplyAtOnce(batch(1)) })
        #expect(index.canApplyAtOnce(batch(1)))
    }

    /// A publisher on a log, and a projector that runs while the body does.
    private func withProjector(
        _ log: any EventLog = MemoryLog(), index: EventIndex = EventIndex(), snapshots: SnapshotStore? = nil,
        observer: (any ProjectorObserver)? = nil,
        _ body: (Publisher, Projector) async throws -> Void
    ) async throws {
        let catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 2))
        var options = Projector.Options()
        options.retentionInterval = .milliseconds(20)
        let projector = Projector(
            catalog: catalog, index: index, snapshots: snapshots, options: options, logger: .silent,
            observer: observer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await projector.run() }
            try await body(Publisher(catalog: catalog), projector)
            group.cancelAll()
        }
    }

    private func publish(_ numbers: Range<Int>, _ description: String = "", on log: any EventLog) async throws {
        let catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 2))
        let events = numbers.map {
            Event(topic: "a\($0 % 3).b", id: EventID(high: 1, low: UInt64($0)), description: description)
        }
        for outcome in await Publisher(catalog: catalog).publish(events) { _ = try outcome.get() }
    }

    @Test func whatIsPublishedIsFound() async throws {
        try await withProjector { publisher, projector in
            let published = try await publisher.publish(
                Event(topic: "git.commit", user: "ann", status: .pending, description: "First"))
            #expect(await projector.waitUntilApplied(published.position, timeout: Self.patience))
            let event = try #require(projector.index.event(published.id))
            #expect(event.event.description == "First")
            #expect(event.created == published.position)
            #expect(event.createdTime == published.time)

            let changed = try await publisher.change(event.reference, EventChange(status: .finished))
            #expect(await projector.waitUntilApplied(changed.position, timeout: Self.patience))
            #expect(projector.index.event(published.id)?.event.status == .finished)
            #expect(projector.index.event(published.id)?.event.progress == 100)

            let deleted = try await publisher.delete(event.reference)
            #expect(await projector.waitUntilApplied(deleted.position, timeout: Self.patience))
            #expect(projector.index.event(published.id) == nil)
        }
    }

    @Test func whatWasThereBeforeIsFoundOnceCaughtUp() async throws {
        let log = MemoryLog()
        try await publish(0..<500, on: log)
        try await withProjector(log) { _, projector in
            try await projector.caughtUp()
            #expect(projector.index.statistics.events == 500)
            #expect(projector.state == .following)
            #expect(projector.statistics.lag == 0)
        }
    }

    @Test func signalsAreAppliedAndHandedOn() async throws {
        let observer = ObservedStreams()
        try await withProjector(observer: observer) { publisher, projector in
            let published = try await publisher.publish(Event(topic: "a.b", status: .inProgress))
            let reference = try #require(published.reference)
            let tick = try await publisher.change(reference, EventChange(progress: 42))
            #expect(tick.position.stream == "test.signals")
            #expect(await projector.waitUntilApplied(published.position, timeout: Self.patience))
            #expect(await projector.waitUntilApplied(tick.position, timeout: Self.patience))
            #expect(projector.index.event(published.id)?.event.progress == 42)
        }
        #expect(observer.applied == ["test.a", "test.signals"])
        #expect(observer.begun == ["test.a", "test.signals"])
    }

    @Test func waitingEndsWithTheTimeOrTheTask() async throws {
        try await withProjector { publisher, projector in
            let published = try await publisher.publish(Event(topic: "a.b"))
            #expect(await projector.waitUntilApplied(published.position, timeout: Self.patience))
            let beyond = Position(published.position.partition, published.position.offset + 1)
            #expect(await !projector.waitUntilApplied(beyond, timeout: .milliseconds(20)))
            #expect(await !projector.waitUntilApplied(beyond, timeout: .zero))
            let waiting = Task { await projector.waitUntilApplied(beyond, timeout: Self.patience * 10) }
            waiting.cancel()
            #expect(await !waiting.value)
        }
    }

    @Test func manyWaitersAreAnsweredEachInItsWay() async {
        let waiters = PositionWaiters()
        let partition = StreamPartition("test.a", 0)
        let answers = await withTaskGroup(of: (Int64, Bool).self) { group in
            for offset in 0..<Int64(200) {
                group.addTask {
                    let timeout = offset < 150 ? Self.patience : .milliseconds(50)
                    return (offset, await waiters.wait(for: Position(partition, offset), timeout: timeout))
                }
            }
            while waiters.count < 150 { await Task.yield() }
            for next in stride(from: Int64(0), through: 150, by: 10) { waiters.publish(partition, next: next) }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 200)
        #expect(answers.allSatisfy { $0.value == ($0.key < 150) })
        #expect(waiters.count == 0)
    }

    /// Callers may name whatever they like.
    @Test func nothingIsKeptOfPartitionsThatNeverWere() async {
        let waiters = PositionWaiters()
        for number in 0..<50 {
            let position = Position(StreamPartition("made.up.\(number)", 0), 1)
            #expect(await !waiters.wait(for: position, timeout: .milliseconds(1)))
        }
        #expect(waiters.partitionCount == 0)
    }

    @Test func aRestartGoesOnFromTheSnapshot() async throws {
        let store = MemoryStore()
        try await publish(0..<300, on: MemoryLog(store: store))
        try await withTemporaryDirectory { directory in
            let snapshots = SnapshotStore(directory: directory)
            let first = EventIndex()
            try await withProjector(MemoryLog(store: store), index: first, snapshots: snapshots) { _, projector in
                #expect(projector.statistics.snapshotRefusal ?? .missing == .missing)
                try await projector.caughtUp()
            }
            try await publish(300..<305, on: MemoryLog(store: store))
            let second = EventIndex()
            try await withProjector(MemoryLog(store: store), index: second, snapshots: snapshots) { _, projector in
                try await projector.caughtUp()
                #expect(projector.statistics.snapshotRefusal == nil)
                #expect(projector.statistics.records == 5)
                #expect(second.statistics.events == 305)
            }
            let anew = EventIndex()
            try await withProjector(MemoryLog(store: store), index: anew) { _, projector in
                try await projector.caughtUp()
            }
            #expect(try await anew.dump() == second.dump())
        }
    }

    /// A log that was set back to an earlier state and went on otherwise has other records at the same positions.
    @Test func aSnapshotOfAnotherPastIsRefused() async throws {
        try await withTemporaryDirectory { directory in
            let snapshots = SnapshotStore(directory: directory)
            for round in 0..<2 {
                let clock = ManualClock()
                let store = MemoryStore(identity: "the same") { clock.tick() }
                try await publish(0..<100, "round \(round)", on: MemoryLog(store: store))
                let index = EventIndex()
                try await withProjector(MemoryLog(store: store), index: index, snapshots: snapshots) { _, projector in
                    try await projector.caughtUp()
                    #expect(index.statistics.events == 100)
                    #expect(projector.statistics.records == 100)
                    guard round == 1 else { return }
                    guard case .otherHistory = projector.statistics.snapshotRefusal else {
                        Issue.record("\(String(describing: projector.statistics.snapshotRefusal))")
                        return
                    }
                }
            }
        }
    }

    @Test func aSnapshotThatRetentionOvertookIsRefused() async throws {
        let store = MemoryStore()
        try await publish(0..<200, on: MemoryLog(store: store))
        try await withTemporaryDirectory { directory in
            let snapshots = SnapshotStore(directory: directory)
            try await withProjector(MemoryLog(store: store), snapshots: snapshots) { _, projector in
                try await projector.caughtUp()
            }
            try await publish(200..<400, on: MemoryLog(store: store))
            let log = MemoryLog(store: store)
            let partition = StreamPartition("test.a0", 0)
            let end = try #require(try await log.watermarks(of: [partition])[partition]?.end)
            try await log.trim(partition, before: end)
            try await withProjector(log, snapshots: snapshots) { _, projector in
                try await projector.caughtUp()
                guard case .outOfRange = projector.statistics.snapshotRefusal else {
                    Issue.record("\(String(describing: projector.statistics.snapshotRefusal))")
                    return
                }
                #expect(projector.index.position(of: partition) == end)
            }
        }
    }

    @Test func whatLeavesTheLogLeavesTheIndexWhileItRuns() async throws {
        let log = MemoryLog()
        try await publish(0..<100, on: log)
        try await withProjector(log) { _, projector in
            try await projector.caughtUp()
            let partition = StreamPartition("test.a1", 1)
            let inIt = try await projector.index.query(EventQuery()).events.filter { $0.created.partition == partition }
            #expect(!inIt.isEmpty)
            let end = try #require(try await log.watermarks(of: [partition])[partition]?.end)
            try await log.trim(partition, before: end)
            while projector.index.statistics.events > 100 - inIt.count {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(projector.index.statistics.fold.evictedByRetention == inIt.count)
        }
    }

    @Test func aPartitionThatRetentionOvertookIsBegunAnew() async throws {
        let log = MemoryLog()
        try await publish(0..<90, on: log)
        let partition = StreamPartition("test.a0", 0)
        let range = try #require(try await log.watermarks(of: [partition])[partition])
        let index = EventIndex()
        // An index that had read two records before it was left alone for long.
        let reader = try await log.reader(from: [partition: range.low])
        await index.apply(try await reader.next(maximum: 2))
        await reader.close()
        try await log.trim(partition, before: range.end - 1)
        try await withProjector(log, index: index) { _, projector in
            try await projector.caughtUp()
            #expect(projector.statistics.restartedPartitions == 1)
            #expect(index.position(of: partition) == range.end)
            let left = try await index.query(EventQuery()).events.filter { $0.created.partition == partition }
            #expect(left.map(\.created.offset) == [range.end - 1])
        }
    }

    @Test func itStallsWhileTheLogCannotBeReadAndGoesOn() async throws {
        let log = StumblingLog(MemoryLog())
        try await publish(0..<10, on: log)
        try await withProjector(log) { publisher, projector in
            try await projector.caughtUp()
            log.stumbles(true)
            // A wait that has begun is not disturbed, the next one is.
            let first = try await publisher.publish(Event(topic: "a0.b"))
            _ = await projector.waitUntilApplied(first.position, timeout: .milliseconds(1))
            while true {
                if case .stalled = projector.state { break }
                try await Task.sleep(for: .milliseconds(2))
            }
            log.stumbles(false)
            let second = try await publisher.publish(Event(topic: "a0.b"))
            #expect(await projector.waitUntilApplied(second.position, timeout: Self.patience))
            #expect(await projector.waitUntilApplied(first.position, timeout: Self.patience))
            #expect(projector.state == .following)
        }
    }
}

/// The streams that a projector tells of.
private final class ObservedStreams: ProjectorObserver {
    private let streams = Mutex<(begun: Set<String>, applied: Set<String>)>(([], []))

    var begun: Set<String> { streams.withLock(\.begun) }
    var applied: Set<String> { streams.withLock(\.applied) }

    func begins(_ partition: StreamPartition, at offset: Int64, end: Int64) {
        streams.withLock { _ = $0.begun.insert(partition.stream) }
    }

    func restarted(_ partition: StreamPartition, at offset: Int64, end: Int64) {}

    func applied(_ batch: RecordBatch) {
        streams.withLock { _ = $0.applied.insert(batch.partition.stream) }
    }
}
