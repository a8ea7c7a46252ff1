import Logging

/// Where log lines go: to standard error, one line each.
enum LogOutput {
    /// Once in a process.
    static func start(_ level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}
