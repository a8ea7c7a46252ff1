public import Daybook
public import Logging
import LosslessJSON
import Synchronization

/// Hands events to a program: one line of JSON each on its standard input, as replays write them (`position`, `time`,
/// `change`, `actor` and the event's own attributes).
///
/// The program answers each line with one on its standard output, in order: `{"ok":true}`, or `{"error":"…"}`, with
/// `"permanent":true` when trying again cannot help. What it writes to standard error goes to the log. It is started
/// once, and again after a pause when it ends; when its input ends, it should end. Without answers
/// (``ExecSettings/acknowledges`` is false) a batch counts when it is written, and what a crash of the program loses
/// then is lost; its standard output is read and dropped.
///
/// A batch of which the program refuses one is handed over again, one by one; so a program should know an event again
/// by its `position`.
public final class ExecHandler: EventHandler {
    public let settings: ExecSettings
    private let logger: Logger
    private let program = Mutex<ExecProgram?>(nil)
    /// One batch at a time.
    private let gate = AsyncGate()

    /// - Throws: ``InvalidSetting``.
    public init(_ settings: ExecSettings, logger: Logger = Logger(label: "daybook.exec")) throws(InvalidSetting) {
        try settings.check()
        self.settings = settings
        self.logger = logger
    }

    public var batchSize: Int { settings.batchSize }

    /// Looks the secrets up and starts the program.
    ///
    /// - Throws: ``InvalidSetting``, when a secret is missing or the program cannot be started.
    public func prepare() async throws {
        guard settings.enabled else { return }
        var environment = settings.environment
        for (name, reference) in settings.secrets {
            environment[name] = try reference.resolve(setting: settings.invalid("secrets.\(name)", "").setting)
        }
        let program = ExecProgram(settings, environment: environment, logger: logger)
        do {
            try await program.start()
        } catch {
            throw settings.invalid("program", "'\(settings.program)' cannot be started: \(error)")
        }
        self.program.withLock { $0 = program }
    }

    public func handle(_ deliveries: [Delivery]) async throws {
        guard settings.enabled else { return }
        var json = JSONWriter(capacity: 512 * deliveries.count)
        for delivery in deliveries {
            delivery.entry.record.write(to: &json, position: delivery.entry.position, time: delivery.entry.time)
            json.endLine()
        }
        let lines = json.bytes
        let answers = try await gate.withLock { [self] in try await exchange(lines, deliveries.count) }
        try judge(answers)
    }

    public func close() async {
        let program = program.withLock { program in
            defer { program = nil }
            return program
        }
        await program?.stop()
    }

    private func exchange(_ lines: [UInt8], _ count: Int) async throws -> [ExecAnswer] {
        guard let program = program.withLock({ $0 }) else { throw HandlerFailure.unavailable(named("is not prepared")) }
        let (session, reason, waiting) = program.session
        guard let session else { throw HandlerFailure.unavailable(named(reason), after: waiting) }
        do {
            let answers = try await withTimeLimit(settings.timeout) { [settings] in
                try await session.exchange(lines, count: settings.acknowledges ? count : 0)
            }
            program.worked()
            return answers
        } catch is TimeLimitReached {
            throw HandlerFailure.retriable(
                named("the program gave no answer within \(settings.timeout), and was killed"))
        } catch let broken as ExecSession.Broken {
            throw HandlerFailure.retriable(named(broken.description))
        }
    }

    private func judge(_ answers: [ExecAnswer]) throws(HandlerFailure) {
        let refused = answers.compactMap { answer -> (String, Bool)? in
            if case .failed(let reason, let permanent) = answer { (reason, permanent) } else { nil }
        }
        guard let (reason, permanent) = refused.first else { return }
        // Of a batch, the others are not to share the fate of the one.
        guard answers.count == 1 else {
            throw .retriable(named("\(refused.count) of \(answers.count) were refused, the first: \(reason)"))
        }
        throw permanent ? .permanent(named(reason)) : .retriable(named(reason))
    }

    private func named(_ reason: String) -> String { "handlers.\(settings.name): \(reason)" }
}
