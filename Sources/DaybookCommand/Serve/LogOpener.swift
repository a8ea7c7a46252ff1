import Daybook
import DaybookKafka
import DaybookSQLite
import Glibc
import Logging

/// The only place that picks a backend.
enum LogOpener {
    static func open(
        _ configuration: ServerConfiguration, logger: Logger = Logger(label: "daybook")
    ) async throws -> any EventLog {
        switch configuration.log {
        case .sqlite(let directory):
            var options = SQLiteLog.Configuration()
            options.logger = logger
            options.maximumRecordBytes = max(options.maximumRecordBytes, configuration.maximumPayload + (256 << 10))
            return try await SQLiteLog.open(directory: directory, configuration: options)
        case .kafka(let url):
            var options = try KafkaLog.Configuration(url: url, logger: logger)
            options.maximumRecordBytes = max(options.maximumRecordBytes, configuration.maximumPayload + (256 << 10))
            return try await KafkaLog.open(options)
        }
    }

    /// Whether there is a log already; opening an embedded one makes it.
    static func exists(_ location: LogLocation) -> Bool {
        switch location {
        case .sqlite(let directory): access("\(directory)/daybook.sqlite", F_OK) == 0
        case .kafka: true
        }
    }
}
