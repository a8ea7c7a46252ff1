import Logging

extension Logger {
    /// Says nothing.
    static let silent = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
}
