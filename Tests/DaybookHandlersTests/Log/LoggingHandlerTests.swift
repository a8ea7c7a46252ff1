import Daybook
import Logging
import LosslessJSON
import Testing

@testable import DaybookHandlers

@Suite struct LoggingHandlerTests {
    private let lines = RecordedLog.Lines()

    @Test(arguments: [
        (Severity.informational, Logger.Level.info), (.warning, .warning), (.error, .error),
    ])
    func logsAtTheLevelOfTheSeverity(severity: Severity, level: Logger.Level) async throws {
        var event = Event.sample()
        event.severity = severity
        try await handler().handle([.created(event)])
        #expect(lines.all.map(\.level) == [level])
    }

    @Test func tellsTheDescriptionOrTopicAndSummary() async throws {
        var described = Event.sample()
        described.description = "Ann\nwas here"
        var summarized = Event.sample()
        summarized.summary = try JSONText(#"{"user":"ann","n":3}"#)
        try await handler().handle([.created(described), .created(summarized), .created(.sample())])
        #expect(lines.all.map(\.message) == ["Ann was here", "session.ended: user=ann, n=3", "session.ended"])
    }

    @Test func tellsAttributesAsMetadata() async throws {
        var event = Event.sample(sender: "ssh\nd")
        event.project = "demo"
        event.user = "ann"
        event.status = .pending
        try await handler().handle([.created(event, registration: "audit")])
        #expect(
            lines.all.first?.metadata == [
                "id": event.id.description, "topic": "session.ended", "sender": "ssh d", "project": "demo",
                "user": "ann", "status": "pending", "registration": "audit",
            ])
    }

    @Test func keepsTheLoggersLevel() async throws {
        var logger = RecordedLog.logger(lines)
        logger.logLevel = .warning
        var warning = Event.sample()
        warning.severity = .warning
        try await LoggingHandler(logger: logger).handle([.created(.sample()), .created(warning)])
        #expect(lines.all.map(\.level) == [.warning])
    }

    @Test func settlesAndLogsNothingWhenDisabled() async throws {
        let handler = LoggingHandler(LoggingSettings(enabled: false), logger: RecordedLog.logger(lines))
        try await handler.handle([.created(.sample())])
        #expect(lines.all.isEmpty)
    }

    private func handler() -> LoggingHandler {
        LoggingHandler(logger: RecordedLog.logger(lines))
    }
}
