public import Daybook
public import Logging

/// Logs events: a line of text for people, the attributes as metadata. Informational events are logged at level `info`,
/// warnings at `warning`, errors at `error`.
public final class LoggingHandler: EventHandler {
    public let settings: LoggingSettings
    private let logger: Logger

    /// - Parameter logger: where to log; nil makes one with the settings' label.
    public init(_ settings: LoggingSettings = LoggingSettings(), logger: Logger? = nil) {
        self.settings = settings
        self.logger = logger ?? Logger(label: settings.label)
    }

    /// Logging does not wait, so a batch is only a few lines.
    public var batchSize: Int { 100 }

    public func handle(_ deliveries: [Delivery]) async throws {
        guard settings.enabled else { return }
        for delivery in deliveries {
            let level = Self.level(of: delivery.event.severity)
            // Neither text nor metadata is made of what nobody sees.
            guard level >= logger.logLevel else { continue }
            logger.log(
                level: level, "\(EventText.summaryText(delivery.event))", metadata: Self.metadata(of: delivery))
        }
    }

    private static func level(of severity: Severity) -> Logger.Level {
        switch severity {
        case .informational: .info
        case .warning: .warning
        case .error: .error
        }
    }

    private static func metadata(of delivery: Delivery) -> Logger.Metadata {
        let event = delivery.event
        var metadata: Logger.Metadata = ["id": "\(event.id)", "topic": "\(event.topic)"]
        func set(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            metadata[name] = "\(oneLine(text))"
        }
        set("sender", event.sender)
        set("project", event.project)
        set("user", event.user)
        set("dependsOn", event.dependsOn?.description)
        if event.status != .finished { set("status", event.status.rawValue) }
        if delivery.entry.record.operation != .created { set("change", delivery.entry.record.operation.rawValue) }
        set("registration", delivery.registration)
        return metadata
    }

    /// Senders and users are free text: none may begin a line of its own in the log.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.breaksLines) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.breaksLines ? " " : $0 }))
    }
}

extension Unicode.Scalar {
    fileprivate var breaksLines: Bool { properties.generalCategory == .control || value == 0x2028 || value == 0x2029 }
}
