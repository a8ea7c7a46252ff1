import Synchronization
import Testing

@testable import Daybook

struct AsyncGateTests {
    @Test func `lets one body in at a time, whatever it awaits`() async throws {
        let gate = AsyncGate()
        let room = Room()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<20 {
                        try await gate.withLock { await room.visit() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(room.visitors.count == 1_000 && room.mostAtOnce == 1)
    }

    @Test func `lets the waiting in by their order`() async throws {
        let held = await HeldGate()
        let room = Room()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask { try await held.gate.withLock { await room.visit(number) } }
                await held.gate.untilWaiting(number + 1)
            }
            held.release()
            try await group.waitForAll()
        }
        #expect(room.visitors == Array(0..<10))
    }

    @Test func `one that is cancelled while waiting leaves the row`() async throws {
        let held = await HeldGate()
        let room = Room()
        let waiters = [0, 1, 2].map { number in
            Task { try await held.gate.withLock { await room.visit(number) } }
        }
        await held.gate.untilWaiting(3)
        waiters[1].cancel()
        await #expect(throws: CancellationError.self) { try await waiters[1].value }
        #expect(held.gate.waitingCount == 2, "it did not wait for the gate to open")
        held.release()
        try await waiters[0].value
        try await waiters[2].value
        #expect(Set(room.visitors) == [0, 2])
        try await held.gate.withLock {}
    }

    @Test func `one that is cancelled already does not get in`() async throws {
        let gate = AsyncGate()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await gate.withLock { _ = Issue.record("the body ran") }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await gate.withLock {}
    }

    @Test func `opens when the body throws`() async throws {
        struct Failure: Error {}
        let gate = AsyncGate()
        await #expect(throws: Failure.self) { try await gate.withLock { () async throws -> Void in throw Failure() } }
        #expect(try await gate.withLock { 7 } == 7)
    }

    @Test func `stays sound when tasks are cancelled at any moment`() async throws {
        let gate = AsyncGate()
        let room = Room()
        var random = SeededGenerator(seed: 4)
        for _ in 0..<300 {
            let tasks = (0..<4).map { _ in
                Task {
                    try? await gate.withLock { await room.visit() }
                }
            }
            for task in tasks where random.one(in: 2) {
                if random.one(in: 2) { await Task.yield() }
                task.cancel()
            }
            for task in tasks { await task.value }
        }
        try await gate.withLock {}
        #expect(room.mostAtOnce == 1 && gate.waitingCount == 0)
    }
}

/// Knows who came in, and how many were in it at once.
private final class Room: Sendable {
    private let state = Mutex((inside: 0, mostAtOnce: 0, visitors: [Int]()))

    var visitors: [Int] { state.withLock { $0.visitors } }
    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

    func visit(_ number: Int = 0) async {
        state.withLock { state in
            state.inside += 1
            state.mostAtOnce = max(state.mostAtOnce, state.inside)
            state.visitors.append(number)
        }
        await Task.yield()
        state.withLock { $0.inside -= 1 }
    }
}

/// A gate somebody is in, until released.
private final class HeldGate: Sendable {
    let gate = AsyncGate()
    private let door: AsyncStream<Void>.Continuation

    init() async {
        let (closed, door) = AsyncStream<Void>.makeStream()
        let (entered, entering) = AsyncStream<Void>.makeStream()
        self.door = door
        Task { [gate] in
            try await gate.withLock {
                entering.finish()
                for await _ in closed {}
            }
        }
        for await _ in entered {}
    }

    func release() { door.finish() }
}

extension AsyncGate {
    fileprivate func untilWaiting(_ count: Int) async {
        while waitingCount < count { await Task.yield() }
    }
}
