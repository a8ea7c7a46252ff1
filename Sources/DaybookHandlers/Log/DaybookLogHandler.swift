import Daybook
public import Logging
import LosslessJSON

/// A swift-log `LogHandler` that makes events of log lines: topics `log.debug`, `log.info`, `log.warning` and
/// `log.error`. They go to a queue, from which a ``LogEventPublisher`` publishes them.
///
///     let queue = LogEventQueue()
///     LoggingSystem.bootstrap { label in
///         MultiplexLogHandler([StreamLogHandler.standardError(label: label),
///                              DaybookLogHandler(label: label, queue: queue)])
///     }
///     … LogEventPublisher(queue, publisher)     // a Service
///
/// `trace` becomes `log.debug`, `notice` `log.info`, `critical` `log.error`; the payload tells the level as it was:
/// `{"message": …, "level": …, "label": …, "source": …, "file": …, "function": …, "line": …, "metadata": {…}, "error": …}`.
///
/// Lines that come of publishing such events are not taken, or one would make the next: neither those that the publishing
/// task logs, nor those of the labels in ``ignoredLabels``.
public struct DaybookLogHandler: LogHandler {
    /// Labels, with all that begin with one and a dot, whose lines are not taken: what Daybook itself logs below the
    /// events, also on threads of its own.
    public static let ownLabels = ["daybook", "kafka"]

    /// While log lines are being published.
    @TaskLocal static var isPublishing = false

    /// In bytes of UTF-8; the rest of a message is cut.
    private static let longestMessage = 32 << 10
    private static let longestValue = 4 << 10
    private static let longestDescription = 1 << 10

    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public let label: String
    public let ignoredLabels: [String]
    private let queue: LogEventQueue
    private let sender: String?
    private let isIgnored: Bool

    /// - Parameters:
    ///   - label: the logger's.
    ///   - sender: the events' sender, as the service's name.
    ///   - level: the lowest that is taken.
    public init(
        label: String, queue: LogEventQueue, sender: String? = nil, level: Logger.Level = .info,
        ignoredLabels: [String] = DaybookLogHandler.ownLabels, metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.queue = queue
        self.sender = sender
        self.ignoredLabels = ignoredLabels
        self.metadataProvider = metadataProvider
        logLevel = level
        isIgnored = ignoredLabels.contains { label == $0 || label.hasPrefix($0 + ".") }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event line: LogEvent) {
        guard !isIgnored, !Self.isPublishing else { return queue.ignore() }
        let message = line.message.description
        let (topic, severity) = Self.kind(of: line.level)
        queue.enqueue(
            Event(
                topic: topic, sender: sender, description: Self.oneLine(message), payload: payload(line, message),
                createdAt: .now, severity: severity))
    }

    private static func kind(of level: Logger.Level) -> (topic: String, severity: Severity) {
        switch level {
        case .trace, .debug: ("log.debug", .informational)
        case .info, .notice: ("log.info", .informational)
        case .warning: ("log.warning", .warning)
        case .error, .critical: ("log.error", .error)
        }
    }

    /// The first line.
    private static func oneLine(_ message: String) -> String {
        let line = message.prefix { !$0.isNewline }
        return cut(clean(String(line)), longestDescription)
    }

    private func payload(_ line: LogEvent, _ message: String) -> Payload {
        var json = JSONWriter(capacity: 512)
        func write(_ name: StaticString, _ text: String) {
            json.key(name)
            json.string(Self.cut(Self.clean(text), Self.longestMessage))
        }
        json.beginObject()
        write("message", message)
        write("level", line.level.rawValue)
        write("label", label)
        write("source", line.source)
        write("file", line.file)
        write("function", line.function)
        json.key("line")
        json.int(line.line)
        let merged = merged(line.metadata)
        if !merged.isEmpty {
            json.key("metadata")
            Self.write(.dictionary(merged), to: &json, depth: 0)
        }
        if let error = line.error { write("error", "\(error)") }
        json.endObject()
        return Payload(bytes: json.bytes)
    }

    private func merged(_ own: Logger.Metadata?) -> Logger.Metadata {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own { merged.merge(own) { $1 } }
        return merged
    }

    private static func write(_ value: Logger.MetadataValue, to json: inout JSONWriter, depth: Int) {
        switch value {
        // Nobody nests so deep, save by a slip.
        case _ where depth > 16: json.null()
        case .string(let text): json.string(cut(clean(text), longestValue))
        case .stringConvertible(let value): json.string(cut(clean(value.description), longestValue))
        case .array(let values):
            json.beginArray()
            for value in values { write(value, to: &json, depth: depth + 1) }
            json.endArray()
        case .dictionary(let values):
            json.beginObject()
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                json.key(escaping: clean(key))
                write(value, to: &json, depth: depth + 1)
            }
            json.endObject()
        }
    }

    /// U+0000 cannot be stored.
    private static func clean(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit - 3)
        // Back to where a scalar begins.
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return text[..<end] + "…"
    }
}
