import Daybook
import Foundation
import Logging
import LosslessJSON
import Testing

@testable import DaybookHandlers

/// Programs are Python's, with what a test says.
@Suite(.timeLimit(.minutes(2))) struct ExecHandlerTests {
    private let directory: ScratchDirectory
    private let lines = RecordedLog.Lines()

    init() throws {
        directory = try ScratchDirectory()
    }

    /// Writes each line to a file, and answers.
    private static let recorder = """
        import sys
        for line in sys.stdin:
            open(sys.argv[1], 'a').write(line)
            print('{"ok":true}', flush=True)
        """

    @Test func handsEventsOverInOrder() async throws {
        let handler = try await handler(Self.recorder)
        let events = (0..<250).map { Event.sample(payload: #"{"n":\#($0),"text":"é\n"}"#) }
        for start in [0, 100, 200] {
            try await handler.handle((start..<min(start + 100, 250)).map { .created(events[$0], offset: Int64($0)) })
        }
        await handler.close()
        let written = try directory.text("seen").split(separator: "\n").map { try JSONMembers(Array($0.utf8)) }
        #expect(written.map { $0["id"]?.stringValue } == events.map(\.id.description))
        #expect(written[7]["position"]?.stringValue == "daybook.test:0:7")
        #expect(written[7]["payload"]?.description == #"{"n":7,"text":"é\n"}"#)
    }

    @Test(arguments: [
        (#"{"error":"no place"}"#, "retriable", "no place"),
        (#"{"error":"bad","permanent":true}"#, "permanent", "bad"),
        (#"{"error":{"code":7}}"#, "retriable", #"{"code":7}"#),
        (#"{"ok":false}"#, "retriable", "no answer"),
        ("hello", "retriable", "no answer"),
        ("", "retriable", "no answer"),
    ])
    func takesTheProgramsWord(answer: String, kind: String, reason: String) async throws {
        let handler = try await handler(
            """
            import sys
            for line in sys.stdin: print(sys.argv[2], flush=True)
            """, [answer])
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == kind)
        #expect(failure?.description.contains(reason) == true)
        await handler.close()
    }

    /// One refusal in a batch makes the whole batch come again, one by one; none of it goes to dead letters for another.
    @Test func refusesABatchForOne() async throws {
        let handler = try await handler(
            """
            import json, sys
            for line in sys.stdin:
                bad = json.loads(line)['payload']['n'] == 2
                print(json.dumps({'error': 'two', 'permanent': True} if bad else {'ok': True}), flush=True)
            """)
        func delivery(_ n: Int) -> Delivery { .created(.sample(payload: #"{"n":\#(n)}"#)) }
        let whole = await failure { try await handler.handle((1...3).map(delivery)) }
        #expect(whole?.kind == "retriable")
        #expect(whole?.description.contains("1 of 3 were refused, the first: two") == true)
        try await handler.handle([delivery(1)])
        #expect(await failure { try await handler.handle([delivery(2)]) }?.kind == "permanent")
        try await handler.handle([delivery(3)])
        await handler.close()
    }

    /// Answers need not wait for the batch's end, however much the program says.
    @Test func doesNotWaitForEachOther() async throws {
        let handler = try await handler(
            """
            import sys
            for line in sys.stdin: print('{"ok":true,"noise":"' + 'x' * 5000 + '"}', flush=True)
            """)
        let payload = String(repeating: "y", count: 5000)
        try await handler.handle((0..<100).map { _ in .created(.sample(payload: #"{"text":"\#(payload)"}"#)) })
        await handler.close()
    }

    @Test func startsAProgramAgainThatEnded() async throws {
        let handler = try await handler(
            """
            import os, sys
            line = sys.stdin.readline()
            if not os.path.exists(sys.argv[1]):
                open(sys.argv[1], 'w')
                sys.exit(3)
            print('{"ok":true}', flush=True)
            for line in sys.stdin: print('{"ok":true}', flush=True)
            """)
        let first = await failure { try await handler.handle([.created(.sample())]) }
        #expect(first?.kind == "retriable")
        var failures: [HandlerFailure] = []
        while let failure = await failure({ try await handler.handle([.created(.sample())]) }) {
            failures.append(failure)
            #expect(failure.kind == "unavailable")
            await Task.yield()
        }
        if let failure = failures.last { #expect(failure.description.contains("exited(3)")) }
        await handler.close()
        #expect(lines.all.contains { $0.message.contains("started again") })
    }

    @Test func killsAProgramThatGivesNoAnswer() async throws {
        let handler = try await handler(Self.silent) { $0.timeout = .milliseconds(50) }
        // Starting is not what takes too long here.
        let process = try #require(Int32(await logged("").message))
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == "retriable")
        #expect(failure?.description.contains("no answer within") == true)
        // Gone when it is started again.
        await logged("started again")
        #expect(kill(process, 0) != 0)
        await handler.close()
    }

    @Test func killsAProgramWhenACallIsCancelled() async throws {
        let handler = try await handler(Self.silent)
        let process = try #require(Int32(await logged("").message))
        let call = Task { try await handler.handle([.created(.sample())]) }
        await logged("has it")
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        await logged("started again")
        #expect(kill(process, 0) != 0)
        await handler.close()
    }

    /// Tells its number and that it has a line, and answers nothing.
    private static let silent = """
        import os, sys, time
        print(os.getpid(), file=sys.stderr, flush=True)
        for line in sys.stdin:
            print('it has it', file=sys.stderr, flush=True)
            time.sleep(1000)
        """

    /// Waits for a line in the log that holds a text.
    @discardableResult
    private func logged(_ text: String) async -> RecordedLog.Line {
        for await line in lines.stream where line.message.contains(text) || text.isEmpty { return line }
        return RecordedLog.Line(level: .error, message: "", metadata: [:])
    }

    /// An answer to nothing would be taken for one to the next event.
    @Test func endsATalkOutOfStep() async throws {
        let handler = try await handler(
            """
            import sys
            for line in sys.stdin:
                print('{"ok":true}')
                print('{"ok":true}', flush=True)
            """)
        try? await handler.handle([.created(.sample())])
        await logged("started again")
        await handler.close()
    }

    @Test func countsABatchWhenItIsWritten() async throws {
        let handler = try await handler(
            """
            import sys
            for line in sys.stdin:
                print('this is ignored', flush=True)
                with open(sys.argv[1], 'a') as seen: seen.write(line)
                print('one more', file=sys.stderr, flush=True)
            """
        ) { $0.acknowledges = false }
        for _ in 0..<3 { try await handler.handle([.created(.sample()), .created(.sample())]) }
        // Ending it does not wait for long.
        for _ in 0..<6 { await logged("one more") }
        await handler.close()
        #expect(try directory.text("seen").split(separator: "\n").count == 6)
    }

    @Test func logsWhatTheProgramSays() async throws {
        let handler = try await handler(
            """
            import sys
            print('ready \\x1b[1m', file=sys.stderr, flush=True)
            for line in sys.stdin: print('{"ok":true}', flush=True)
            """)
        for await line in lines.stream {
            #expect(line.message == "ready [1m")
            #expect(line.metadata["program"] == "exec")
            break
        }
        await handler.close()
    }

    @Test func givesSecretsAndVariables() async throws {
        let secret = try directory.write("secret", "hush\n")
        let handler = try await handler(
            """
            import os, sys
            for line in sys.stdin:
                open(sys.argv[1], 'w').write(os.environ['TOKEN'] + os.environ['MODE'] + os.getcwd())
                print('{"ok":true}', flush=True)
            """
        ) { settings in
            settings.secrets = ["TOKEN": .file(secret)]
            settings.environment = ["MODE": "fast"]
            settings.directory = "/"
        }
        try await handler.handle([.created(.sample())])
        #expect(try directory.text("seen") == "hushfast/")
        await handler.close()
    }

    @Test func endsTheProgramAtTheEnd() async throws {
        let handler = try await handler(
            """
            import sys
            for line in sys.stdin: print('{"ok":true}', flush=True)
            open(sys.argv[1], 'w').write('finished')
            """)
        try await handler.handle([.created(.sample())])
        await handler.close()
        #expect(try directory.text("seen") == "finished")
        #expect(await failure { try await handler.handle([.created(.sample())]) }?.kind == "unavailable")
    }

    @Test func findsAProgramThatCannotBeStarted() async throws {
        for program in ["/nowhere/program", "no-such-program-\(UUID())", directory.path] {
            let handler = try ExecSettings(program: program).makeHandler()
            let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
            #expect(error?.setting == "handlers.exec.program")
            await handler.close()
        }
        let handler = try ExecSettings(program: "cat", secrets: ["T": .file("/nowhere")]).makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
        #expect(error?.setting == "handlers.exec.secrets.T")
    }

    @Test func findsSettingsThatCannotBe() {
        for settings in [
            ExecSettings(program: ""), ExecSettings(program: "cat", batchSize: 0),
            ExecSettings(program: "cat", timeout: .zero), ExecSettings(program: "cat", firstPause: .zero),
            ExecSettings(program: "cat", firstPause: .seconds(2), longestPause: .seconds(1)),
        ] {
            #expect(throws: InvalidSetting.self) { try settings.makeHandler() }
        }
    }

    // MARK: - Helpers

    /// Runs a Python program, whose first argument is the path of `seen`.
    private func handler(
        _ program: String, _ arguments: [String] = [], _ change: (inout ExecSettings) -> Void = { _ in }
    ) async throws -> ExecHandler {
        var settings = ExecSettings(
            program: "python3", arguments: ["-c", program, "\(directory.path)/seen"] + arguments,
            firstPause: .milliseconds(1))
        change(&settings)
        let handler = try ExecHandler(settings, logger: RecordedLog.logger(lines))
        try await handler.prepare()
        return handler
    }
}
