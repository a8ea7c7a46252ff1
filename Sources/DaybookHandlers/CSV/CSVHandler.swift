public import Daybook
public import Logging
import Synchronization

/// Writes events to CSV files, one for each sender and topic: `<sender>-<topic>.csv`, `system` standing for no sender.
///
/// The first column is `timestamp`: the payload's member of that name, else when the event happened (`createdAt`, or
/// the log time). The others are the fields that the topic declares, exactly; where it declares none, the members of
/// the payload in order (of the summary when there is no payload; `description` and `payload` when the payload is no
/// JSON object). A file that ends with other columns is put aside and a new one begun; without declared fields that is
/// so when an event has members that the file has no column for, and the new file has both.
///
/// A row is written at least once, whole or not at all: what a failed write or a crash left of one is cut off.
public final class CSVHandler: EventHandler {
    public let settings: CSVSettings
    private let fields: DatasetFields
    private let disk: CSVDisk
    private let logger: Logger
    private let work: BlockingWork
    private let state = Mutex(State())

    private struct State {
        var directory: CSVDirectory?
        var syncIsScheduled = false
    }

    /// - Parameter fields: what a topic's datasets consist of; nil for a topic that declares nothing.
    /// - Throws: ``InvalidSetting``.
    public convenience init(
        _ settings: CSVSettings, fields: @escaping DatasetFields = { _ in nil },
        logger: Logger = Logger(label: "daybook.csv")
    ) throws(InvalidSetting) {
        try self.init(settings, fields: fields, logger: logger, disk: CSVDisk())
    }

    init(
        _ settings: CSVSettings, fields: @escaping DatasetFields = { _ in nil },
        logger: Logger = Logger(label: "daybook.csv"), disk: CSVDisk
    ) throws(InvalidSetting) {
        try settings.check()
        self.settings = settings
        self.fields = fields
        self.disk = disk
        self.logger = logger
        work = BlockingWork("csv.\(settings.name)")
    }

    public var batchSize: Int { settings.batchSize }

    /// Takes the directory.
    ///
    /// - Throws: ``InvalidSetting`` for `directory`, when it does not exist, cannot be written, or is in use.
    public func prepare() async throws {
        guard settings.enabled else { return }
        try await work.run { [self] in
            try state.withLock { state in
                state.directory = try CSVDirectory(settings, fields: fields, disk: disk, logger: logger)
            }
        }
    }

    /// Writes the rows of a batch, all or none of them.
    ///
    /// - Throws: ``HandlerFailure/unavailable(_:after:)`` when files cannot be written, as on a full disk.
    public func handle(_ deliveries: [Delivery]) async throws {
        guard settings.enabled else { return }
        try await work.run { [self] in
            do {
                try state.withLock { state in
                    guard state.directory != nil else {
                        throw HandlerFailure.unavailable("\(settings.name) is not prepared")
                    }
                    try state.directory?.write(deliveries)
                }
            } catch let failure as SystemFailure {
                throw HandlerFailure.unavailable("handlers.\(settings.name): \(failure)")
            }
            scheduleSync()
        }
    }

    public func close() async {
        try? await work.run { [self] in
            if settings.sync != .never { sync() }
            state.withLock { $0.directory = nil }
        }
    }

    private func scheduleSync() {
        guard case .every(let period) = settings.sync else { return }
        let isDue = state.withLock { state in
            guard !state.syncIsScheduled, state.directory?.isDirty == true else { return false }
            state.syncIsScheduled = true
            return true
        }
        if isDue { work.schedule(after: period) { [weak self] in self?.sync() } }
    }

    private func sync() {
        state.withLock { state in
            state.syncIsScheduled = false
            do {
                try state.directory?.sync()
            } catch {
                logger.error("Rows may be lost in a power cut", metadata: ["error": "\(error)"])
            }
        }
    }
}
