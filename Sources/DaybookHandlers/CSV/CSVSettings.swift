/// Settings of a handler that writes CSV files.
public struct CSVSettings: HandlerSettings {
    /// Names the handler in errors and logs.
    public var name: String
    /// Where the files are. It must exist, and be used by nobody else at the same time.
    public var directory: String
    /// When false, events are settled and nothing is written.
    public var enabled: Bool
    /// The most rows that are written at once.
    public var batchSize: Int
    public var rotation: CSVRotation
    public var sync: CSVSync
    /// How many files are held open; those that were not written for the longest time are closed. At least 1.
    public var maximumOpenFiles: Int

    public init(
        name: String = "csv", directory: String, enabled: Bool = true, batchSize: Int = 1000,
        rotation: CSVRotation = CSVRotation(), sync: CSVSync = .every(.seconds(1)), maximumOpenFiles: Int = 100
    ) {
        self.name = name
        self.directory = directory
        self.enabled = enabled
        self.batchSize = batchSize
        self.rotation = rotation
        self.sync = sync
        self.maximumOpenFiles = maximumOpenFiles
    }

    public func makeHandler(in surroundings: HandlerSurroundings) throws -> CSVHandler {
        try CSVHandler(self, fields: surroundings.fields)
    }

    /// - Throws: ``InvalidSetting``, naming the setting.
    func check() throws(InvalidSetting) {
        func require(_ holds: Bool, _ setting: String, _ reason: String) throws(InvalidSetting) {
            if !holds { throw invalid(setting, reason) }
        }
        try require(!directory.isEmpty, "directory", "is missing")
        try require(!directory.utf8.contains(0), "directory", "must not hold U+0000")
        try require(batchSize >= 1, "batchSize", "must be at least 1")
        try require(maximumOpenFiles >= 1, "maximumOpenFiles", "must be at least 1")
        try require(rotation.maximumBytes ?? 1 >= 1, "rotation.maximumBytes", "must be at least 1")
        try require((1...9999).contains(rotation.kept), "rotation.kept", "must be in 1...9999")
        if case .every(let duration) = sync {
            try require(duration > .zero, "sync", "the time must be more than 0")
        }
    }

    func invalid(_ setting: String, _ reason: String) -> InvalidSetting {
        InvalidSetting("handlers.\(name).\(setting)", reason)
    }
}
