import Foundation
import Glibc
import Logging
import Subprocess
import Synchronization
import SystemPackage

/// Keeps a program running: starts it, starts it again after a pause when it ended, and ends it at last.
final class ExecProgram: Sendable {
    /// Of a line of answers or errors.
    private static let lineLimit = 64 << 10
    /// For ending by itself after its input ended.
    private static let timeToEnd = Duration.seconds(5)

    private struct State {
        var session: ExecSession?
        /// Why there is no session.
        var reason = "the program is not started"
        var pause: Duration
        /// How long the present pause is.
        var waiting: Duration?
        var isClosing = false
        var task: Task<Void, Never>?
        /// Waits for the first start.
        var started: CheckedContinuation<Void, any Error>?
    }

    private let settings: ExecSettings
    private let environment: [String: String]
    private let logger: Logger
    private let state: Mutex<State>

    init(_ settings: ExecSettings, environment: [String: String], logger: Logger) {
        self.settings = settings
        self.environment = environment
        self.logger = logger
        state = Mutex(State(pause: settings.firstPause))
    }

    /// Starts the program for the first time.
    ///
    /// - Throws: what keeps it from starting.
    func start() async throws {
        // A program that ended in the middle of reading must not end this one.
        signal(SIGPIPE, SIG_IGN)
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { state in
                state.started = continuation
                state.task = Task { await keepRunning() }
            }
        }
    }

    /// The present session, or why there is none and for how long.
    var session: (session: ExecSession?, reason: String, waiting: Duration?) {
        state.withLock { ($0.session, $0.reason, $0.waiting) }
    }

    /// A batch was handled: the program works.
    func worked() {
        state.withLock { $0.pause = settings.firstPause }
    }

    /// Ends the program: its input ends, and when it is still there after a while, it is killed.
    func stop() async {
        let (task, session) = state.withLock { state in
            state.isClosing = true
            return (state.task, state.session)
        }
        session?.finish()
        guard let task else { return }
        if session == nil { task.cancel() }
        do {
            try await withTimeLimit(Self.timeToEnd) { try await Self.end(of: task) }
        } catch {
            task.cancel()
            session?.fail("the program did not end when it was asked to")
            await task.value
        }
    }

    /// Waits for a task, or for being cancelled.
    private static func end(of task: Task<Void, Never>) async throws {
        let (ended, signal) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task {
            await task.value
            signal.finish()
        }
        defer { waiting.cancel() }
        for await _ in ended {}
        try Task.checkCancellation()
    }

    // MARK: - Running

    private func keepRunning() async {
        while true {
            let reason = await runOnce()
            let pause = state.withLock { state -> Duration? in
                state.session = nil
                state.reason = reason
                guard !state.isClosing else { return nil }
                let pause = state.pause
                state.pause = min(pause * 2, settings.longestPause)
                state.waiting = pause
                return pause
            }
            guard let pause else { return }
            logger.warning("Program ended, and is started again", metadata: ["reason": "\(reason)", "in": "\(pause)"])
            try? await Task.sleep(for: pause)
            let isClosing = state.withLock { state in
                state.waiting = nil
                return state.isClosing
            }
            if isClosing { return }
        }
    }

    /// Runs the program to its end, and tells how it ended.
    private func runOnce() async -> String {
        var options = PlatformOptions()
        // A group of its own: what it starts is killed with it, and a terminal's Ctrl-C ends it in our order.
        options.processGroupID = 0
        let variables = environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        do {
            let result = try await Subprocess.run(
                settings.program.contains("/") ? .path(FilePath(settings.program)) : .name(settings.program),
                arguments: Arguments(settings.arguments),
                environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)),
                workingDirectory: settings.directory.map { FilePath($0) }, platformOptions: options,
                input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                await self.talk(with: execution)
            }
            return "the program ended: \(result.terminationStatus)"
        } catch {
            let started = state.withLock { state in
                defer { state.started = nil }
                // One that cannot be started at all is not started again.
                if state.started != nil { state.isClosing = true }
                return state.started
            }
            started?.resume(throwing: error)
            return "the program cannot be started: \(error)"
        }
    }

    private func talk(with execution: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>) async {
        let session = ExecSession { try? execution.send(signal: .kill, toProcessGroup: true) }
        let started = state.withLock { state in
            state.session = session
            defer { state.started = nil }
            return state.started
        }
        started?.resume()
        await withTaskGroup { group in
            group.addTask {
                for await batch in session.batches {
                    do {
                        _ = try await execution.standardInputWriter.write(batch)
                        session.written()
                    } catch {
                        session.end("the program does not read its input: \(error)")
                    }
                }
                try? await execution.standardInputWriter.finish()
            }
            group.addTask { await self.logErrors(execution.standardError) }
            await self.readAnswers(execution.standardOutput, session)
            session.end("the program ended its output")
            self.state.withLock { if $0.session === session { $0.session = nil } }
        }
    }

    private func readAnswers(_ output: SubprocessOutputSequence, _ session: ExecSession) async {
        var splitter = LineSplitter(limit: Self.lineLimit)
        do {
            for try await buffer in output {
                for line in try splitter.lines(adding: buffer.bytes.withUnsafeBytes { Array($0) }) {
                    if settings.acknowledges { session.received(line) }
                }
            }
        } catch is LineSplitter.TooLong {
            session.fail("the program wrote a line of more than \(Self.lineLimit) bytes")
        } catch {
            session.fail("the program's output cannot be read: \(error)")
        }
    }

    private func logErrors(_ output: SubprocessOutputSequence) async {
        var splitter = LineSplitter(limit: Self.lineLimit)
        func log(_ line: [UInt8]) {
            guard !line.isEmpty else { return }
            let text = String(
                String.UnicodeScalarView(
                    String(decoding: line, as: UTF8.self).unicodeScalars.filter { $0.value >= 32 || $0 == "\t" }))
            logger.notice("\(text)", metadata: ["program": "\(settings.name)"])
        }
        do {
            for try await buffer in output {
                let bytes = buffer.bytes.withUnsafeBytes { Array($0) }
                do {
                    for line in try splitter.lines(adding: bytes) { log(line) }
                } catch {
                    log(splitter.finish())
                }
            }
        } catch {}
        log(splitter.finish())
    }
}
