import DaybookTesting
import Logging

/// Log lines as text, each with its metadata.
struct RecordedLines: LogHandler {
    let lines = Watched<[String]>([])
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let text = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        lines.update { $0.append("\(event.level) \(event.message) \(text)") }
    }

    /// Those that tell of a refusal.
    var refusals: [String] { lines.value.filter { $0.contains("access refused") } }
}
