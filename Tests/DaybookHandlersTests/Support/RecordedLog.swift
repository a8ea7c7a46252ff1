import Logging
import Synchronization

/// A log that keeps what is logged.
struct RecordedLog: LogHandler {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    final class Lines: Sendable {
        private let lines = Mutex<[Line]>([])
        private let news: AsyncStream<Line>.Continuation
        /// The lines as they come, for one reader.
        let stream: AsyncStream<Line>

        init() {
            (stream, news) = AsyncStream.makeStream()
        }

        var all: [Line] { lines.withLock { $0 } }

        func append(_ line: Line) {
            lines.withLock { $0.append(line) }
            news.yield(line)
        }
    }

    let lines: Lines
    var logLevel: Logger.Level = .trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ lines: Lines) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }
        lines.append(
            Line(level: event.level, message: "\(event.message)", metadata: merged.mapValues { "\($0)" }))
    }

    /// A logger that logs to these lines.
    static func logger(_ lines: Lines, label: String = "test") -> Logger {
        Logger(label: label) { _ in RecordedLog(lines) }
    }
}
