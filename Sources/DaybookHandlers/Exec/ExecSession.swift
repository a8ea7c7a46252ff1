import Synchronization

/// The talk with one run of the program: one batch at a time is written, and answered line by line.
final class ExecSession: Sendable {
    /// The program ended, or said what is no answer.
    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    private struct State {
        /// The batch in hand.
        var wanted = 0
        var answers: [ExecAnswer] = []
        var continuation: CheckedContinuation<[ExecAnswer], any Error>?
        var broken: Broken?
    }

    /// Batches to be written to the program's standard input.
    let batches: AsyncStream<[UInt8]>
    private let input: AsyncStream<[UInt8]>.Continuation
    private let state = Mutex(State())
    /// Ends the program at once.
    private let kill: @Sendable () -> Void

    init(kill: @escaping @Sendable () -> Void) {
        self.kill = kill
        (batches, input) = AsyncStream.makeStream()
    }

    /// Has a batch written and waits for its answers; for none when `count` is 0, then for its being written.
    ///
    /// - Throws: ``Broken``; `CancellationError`, after which the program is killed: its answers could not be told from
    ///   those to the next batch.
    func exchange(_ lines: [UInt8], count: Int) async throws -> [ExecAnswer] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let broken = state.withLock { state in
                    if state.broken == nil {
                        state.wanted = count
                        state.answers = []
                        state.continuation = continuation
                    }
                    return state.broken
                }
                if let broken { return continuation.resume(throwing: broken) }
                // Cancelled before there was anything to cancel.
                if Task.isCancelled { return cancel() }
                input.yield(lines)
            }
        } onCancel: {
            cancel()
        }
    }

    private func cancel() {
        let continuation = state.withLock { state in
            if state.broken == nil {
                state.broken = Broken(description: "the program was killed in the middle of a batch")
            }
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(throwing: CancellationError())
        kill()
    }

    /// A batch was written to its end.
    func written() {
        let continuation = state.withLock { state -> CheckedContinuation<[ExecAnswer], any Error>? in
            guard state.wanted == 0 else { return nil }
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: [])
    }

    /// A line came from the program.
    func received(_ line: [UInt8]) {
        guard let answer = ExecAnswer(line: line) else {
            let text = String(decoding: line.prefix(200), as: UTF8.self)
            return fail("the program wrote what is no answer: \(text)")
        }
        var surplus = false
        let done = state.withLock { state -> (CheckedContinuation<[ExecAnswer], any Error>, [ExecAnswer])? in
            guard let continuation = state.continuation, state.answers.count < state.wanted else {
                surplus = true
                return nil
            }
            state.answers.append(answer)
            guard state.answers.count == state.wanted else { return nil }
            state.continuation = nil
            return (continuation, state.answers)
        }
        if surplus { return fail("the program answered what it was not asked") }
        done?.0.resume(returning: done?.1 ?? [])
    }

    /// Ends the talk, and the program.
    func fail(_ reason: String) {
        end(reason)
        kill()
    }

    /// The program ended: whoever waits is told so.
    func end(_ reason: String) {
        let continuation = state.withLock { state in
            if state.broken == nil { state.broken = Broken(description: reason) }
            defer { state.continuation = nil }
            return state.continuation
        }
        input.finish()
        continuation?.resume(throwing: Broken(description: reason))
    }

    /// Nothing more will be written: the program sees the end of its input.
    func finish() {
        input.finish()
    }
}
