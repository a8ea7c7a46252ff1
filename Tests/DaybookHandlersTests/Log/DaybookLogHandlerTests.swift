import Daybook
import DaybookSQLite
import Logging
import LosslessJSON
import ServiceLifecycle
import TestTools
import Testing

@testable import DaybookHandlers

@Suite struct DaybookLogHandlerTests {
    private let queue = LogEventQueue()

    @Test(arguments: [
        (Logger.Level.trace, "log.debug", Severity.informational), (.debug, "log.debug", .informational),
        (.info, "log.info", .informational), (.notice, "log.info", .informational),
        (.warning, "log.warning", .warning), (.error, "log.error", .error), (.critical, "log.error", .error),
    ])
    func makesAnEvent(level: Logger.Level, topic: String, severity: Severity) async throws {
        logger(level: .trace).log(
            level: level, "it happened\nagain", metadata: ["n": "1", "list": ["a", ["b": "\0"]]])
        let event = try #require(await queue.next()?.first)
        #expect(event.topic == topic)
        #expect(event.severity == severity)
        #expect(event.sender == "service")
        #expect(event.description == "it happened")
        #expect(event.status == .finished)
        let payload = try JSONMembers(try #require(event.payload).bytes)
        #expect(payload["message"]?.stringValue == "it happened\nagain")
        #expect(payload["level"]?.stringValue == level.rawValue)
        #expect(payload["label"]?.stringValue == "app")
        #expect(payload["line"]?.int64Value != nil)
        #expect(payload["metadata"]?.description == #"{"list":["a",{"b":"\#u{FFFD}"}],"n":"1","own":"x"}"#)
    }

    @Test func keepsItsLevel() {
        logger(level: .warning).info("unheard")
        #expect(queue.statistics == .init())
    }

    @Test func cutsWhatIsLong() async throws {
        logger().info("\(String(repeating: "é", count: 100_000))")
        let event = try #require(await queue.next()?.first)
        #expect(event.description.utf8.count <= 1 << 10)
        #expect(try #require(event.payload).bytes.count < 40_000)
    }

    /// It never waits, and tells what it lost.
    @Test func dropsWhatHasNoPlace() async throws {
        let queue = LogEventQueue(capacity: 3)
        let logger = Logger(label: "app") { DaybookLogHandler(label: $0, queue: queue) }
        for n in 0..<10 { logger.info("\(n)") }
        #expect(queue.statistics.queued == 3)
        #expect(queue.statistics.dropped == 7)
        #expect(await queue.next()?.map(\.description) == ["0", "1", "2"])
        queue.close()
        logger.info("late")
        #expect(queue.statistics.dropped == 8)
        #expect(await queue.next() == nil)
    }

    @Test(arguments: ["daybook", "daybook.sqlite", "kafka.consumer"])
    func takesNoLinesOfDaybookItself(label: String) {
        Logger(label: label) { DaybookLogHandler(label: $0, queue: queue) }.error("no")
        #expect(queue.statistics == .init(ignored: 1))
        Logger(label: label + "x") { DaybookLogHandler(label: $0, queue: queue) }.error("yes")
        #expect(queue.statistics.queued == (label.contains(".") ? 0 : 1))
    }

    /// What is logged while log lines are published makes no new ones, or there would be no end.
    @Test(.timeLimit(.minutes(1))) func takesNoLinesOfItsOwnPublishing() async throws {
        let queue = queue
        let logger = logger()
        let publisher = LogEventPublisher(queue) { events in
            logger.info("published \(events.count)")
            return events.map { .success(Self.published($0)) }
        }
        logger.info("one")
        queue.close()
        try await publisher.run()
        #expect(queue.statistics == .init(published: 1, ignored: 1))
    }

    @Test(.timeLimit(.minutes(1))) func triesAgainWhatTheLogCouldNotTake() async throws {
        let attempts = Box<[[String]]>([])
        let publisher = LogEventPublisher(queue, pause: .microseconds(1)) { events in
            attempts.withLock { $0.append(events.map(\.description)) }
            let isFirst = attempts.value.count == 1
            return events.map { event in
                switch event.description {
                case "refused": .failure(.invalid(InvalidEvent([])))
                case "unknown": .failure(.log(.outcomeUnknown("perhaps")))
                case "never": .failure(.log(.unavailable("down")))
                default: isFirst ? .failure(.log(.unavailable("down"))) : .success(Self.published(event))
                }
            }
        }
        for text in ["a", "refused", "unknown", "never"] { logger().info("\(text)") }
        queue.close()
        try await publisher.run()
        #expect(queue.statistics == .init(published: 1, failed: 3))
        #expect(
            attempts.value == [["a", "refused", "unknown", "never"], ["a", "never"], ["never"], ["never"], ["never"]])
    }

    /// Through a real log, in a group of services that is shut down: what was logged before is there.
    @Test(.timeLimit(.minutes(1))) func publishesUntilItIsShutDown() async throws {
        let log = try await SQLiteLog.inMemory()
        let publisher = Publisher(catalog: try await StreamCatalog.open(log: log))
        let service = LogEventPublisher(queue, publisher)
        let group = ServiceGroup(services: [service], logger: Logger(label: "daybook.test"))
        let logger = logger()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for n in 0..<1200 { logger.info("\(n)") }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(queue.statistics == .init(published: 1200))
    }

    private func logger(level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: "app") {
            DaybookLogHandler(label: $0, queue: queue, sender: "service", level: level)
        }
        logger[metadataKey: "own"] = "x"
        return logger
    }

    private static func published(_ event: Event) -> Published {
        Published(
            id: event.id, position: Position(StreamPartition("daybook.log", 0), 0), time: nil, reference: nil)
    }
}
