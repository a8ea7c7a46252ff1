import DaybookTesting
import Testing

@testable import Daybook

/// Work that is started and stopped.
@Suite(.timeLimit(.minutes(1))) struct RestartableWorkTests {
    /// Work that notes when it begins and ends, and takes its time to end.
    private func work(_ notes: Notes, _ mayEnd: Watched<Int>) -> RestartableWork {
        let counter = Counter()
        return RestartableWork {
            let number = counter.next()
            notes.add("begin \(number)")
            // Not even its cancellation ends it before it may.
            try await Task { try await mayEnd.when { $0 >= number ? () : nil } }.value
            notes.add("end \(number)")
        }
    }

    @Test func `a start while it ends begins behind its end, and is one start`() async throws {
        let (notes, mayEnd) = (Notes(), Watched(0))
        let work = work(notes, mayEnd)
        work.start()
        work.start()
        try await notes.reached(1)
        work.requestStop()
        #expect(!work.isRunning)
        work.start()
        work.start()
        #expect(work.isRunning)
        for _ in 0..<1000 { await Task.yield() }
        mayEnd.update { $0 = 1 }
        try await notes.has("begin 2")
        mayEnd.update { $0 = 2 }
        try await work.wait()
        #expect(notes.all == ["begin 1", "end 1", "begin 2", "end 2"])
        #expect(!work.isRunning)
    }

    @Test func `a stop waits for the end of what it stops, and not for what is started meanwhile`() async throws {
        let (notes, mayEnd) = (Notes(), Watched(0))
        let work = work(notes, mayEnd)
        work.start()
        try await notes.reached(1)
        let stopped = Task { await work.stop() }
        while work.isRunning { await Task.yield() }
        work.start()
        mayEnd.update { $0 = 1 }
        await stopped.value
        try await notes.has("begin 2")
        let again = Task { await work.stop() }
        mayEnd.update { $0 = 2 }
        await again.value
        #expect(notes.all == ["begin 1", "end 1", "begin 2", "end 2"])
    }

    @Test func `what is stopped before it has begun never begins`() async throws {
        let (notes, mayEnd) = (Notes(), Watched(0))
        let work = work(notes, mayEnd)
        work.start()
        try await notes.reached(1)
        work.requestStop()
        work.start()
        let stopped = Task { await work.stop() }
        while work.isRunning { await Task.yield() }
        mayEnd.update { $0 = 5 }
        await stopped.value
        #expect(notes.all == ["begin 1", "end 1"])
    }
}
