/// Settings of a handler that hands events to a program.
public struct ExecSettings: HandlerSettings {
    /// Names the handler in errors and logs.
    public var name: String
    /// When false, events are settled and the program is not started.
    public var enabled: Bool
    /// A path, or a name that is looked for in `PATH`.
    public var program: String
    public var arguments: [String]
    /// Variables besides those of this process.
    public var environment: [String: String]
    /// Variables whose values are secrets.
    public var secrets: [String: SecretReference]
    /// Nil: this process's.
    public var directory: String?
    /// Whether the program answers each event with a line. When false, a batch counts as soon as it is written.
    public var acknowledges: Bool
    /// The most events that are written before their answers are waited for.
    public var batchSize: Int
    /// For a batch, from writing it to the last answer. The program is killed and started again when it takes longer.
    public var timeout: Duration
    /// Before the program is started again after it ended; it doubles each time up to ``longestPause``, and is the
    /// first again after a batch was handled.
    public var firstPause: Duration
    public var longestPause: Duration

    public init(
        name: String = "exec", enabled: Bool = true, program: String, arguments: [String] = [],
        environment: [String: String] = [:], secrets: [String: SecretReference] = [:], directory: String? = nil,
        acknowledges: Bool = true, batchSize: Int = 100, timeout: Duration = .seconds(30),
        firstPause: Duration = .milliseconds(100), longestPause: Duration = .seconds(30)
    ) {
        self.name = name
        self.enabled = enabled
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.secrets = secrets
        self.directory = directory
        self.acknowledges = acknowledges
        self.batchSize = batchSize
        self.timeout = timeout
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    public func makeHandler(in surroundings: HandlerSurroundings) throws -> ExecHandler {
        try ExecHandler(self)
    }

    /// - Throws: ``InvalidSetting``, naming the setting.
    func check() throws(InvalidSetting) {
        guard !program.isEmpty else { throw invalid("program", "is missing") }
        guard batchSize >= 1 else { throw invalid("batchSize", "must be at least 1") }
        guard timeout > .zero else { throw invalid("timeout", "must be more than 0") }
        guard firstPause > .zero else { throw invalid("firstPause", "must be more than 0") }
        guard longestPause >= firstPause else { throw invalid("longestPause", "must be at least firstPause") }
    }

    func invalid(_ setting: String, _ reason: String) -> InvalidSetting {
        InvalidSetting("handlers.\(name).\(setting)", reason)
    }
}
