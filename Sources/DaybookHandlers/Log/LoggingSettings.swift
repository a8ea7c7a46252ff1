/// Settings of a handler that writes events to the process's log.
public struct LoggingSettings: HandlerSettings {
    /// Names the handler in errors and logs.
    public var name: String
    /// When false, events are settled and nothing is logged.
    public var enabled: Bool
    /// The logger's label.
    public var label: String

    public init(name: String = "log", enabled: Bool = true, label: String = "daybook.events") {
        self.name = name
        self.enabled = enabled
        self.label = label
    }

    public func makeHandler(in surroundings: HandlerSurroundings) throws -> LoggingHandler {
        LoggingHandler(self)
    }
}
