import DaybookTesting
import Testing

@testable import DaybookServer

struct DeadlinesTests {
    @Test func `gives what an operation gives in time`() async throws {
        let deadlines = Deadlines<Int>(.seconds(60))
        let sum = try await withDeadline(what: "the operations") {
            await withTaskGroup(of: Int?.self) { group in
                for number in 0..<100 { group.addTask { await deadlines.run { number } } }
                return await group.reduce(0) { $0 + ($1 ?? 1_000_000) }
            }
        }
        #expect(sum == 4_950)
    }

    @Test func `leaves an operation that takes too long, cancelled`() async throws {
        let deadlines = Deadlines<Bool>(.milliseconds(20))
        let cancelled = Watched(false)
        let outcome = await deadlines.run {
            try? await Task.sleep(for: .seconds(3600))
            cancelled.update { $0 = Task.isCancelled }
            return true
        }
        #expect(outcome == nil)
        try await cancelled.when { $0 ? () : nil }
        // It does so again, and for several at once, after a pause in which nothing was to be watched.
        #expect(await deadlines.run { true } == true)
        async let one = deadlines.run { (try? await Task.sleep(for: .seconds(3600))) != nil }
        async let two = deadlines.run { (try? await Task.sleep(for: .seconds(3600))) != nil }
        #expect(await [one, two] == [nil, nil])
    }

    @Test func `leaves an operation that does not heed its cancellation`() async throws {
        let deadlines = Deadlines<Int>(.milliseconds(20))
        let (ends, end) = AsyncStream.makeStream(of: Int.self)
        let outcome = await deadlines.run {
            await withCheckedContinuation { continuation in
                Task {
                    for await _ in ends {}
                    continuation.resume(returning: 1)
                }
            }
        }
        #expect(outcome == nil)
        end.finish()
    }
}
