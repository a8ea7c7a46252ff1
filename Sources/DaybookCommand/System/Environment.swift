import FoundationEssentials

/// The variables this process was started with.
enum Environment {
    static let variables = ProcessInfo.processInfo.environment
}
