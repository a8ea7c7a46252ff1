import Daybook
import Glibc
import Logging

/// The files of one handler, and what is done with them. Its calls block.
struct CSVDirectory {
    /// So many names take some tens of megabytes; past that, those seen before are looked through again.
    private static let seenLimit = 1 << 20

    private let settings: CSVSettings
    private let fields: DatasetFields
    private let disk: CSVDisk
    private let logger: Logger
    private let hold: CSVDirectoryHold
    private var targets: [CSVTarget.Key: CSVTarget] = [:]
    /// The target of the row before: rows of one kind often come together.
    private var last: CSVTarget?
    /// Hashes of the names of files that this handler has opened before, and so left whole.
    private var seen: Set<Int> = []
    private var batch = 0
    private var uses = 0
    /// What this batch changed: files and their lengths before.
    private var undo: [(file: CSVFile, length: Int)] = []
    private var namesChanged = false

    /// - Throws: ``InvalidSetting``.
    init(
        _ settings: CSVSettings, fields: @escaping DatasetFields, disk: CSVDisk,
        logger: Logger
    ) throws(InvalidSetting) {
        self.settings = settings
        self.fields = fields
        self.disk = disk
        self.logger = logger
        hold = try CSVDirectoryHold(settings)
    }

    /// Whether there is something that a power cut would take away.
    var isDirty: Bool { namesChanged || targets.values.contains { $0.file.isDirty } }

    /// Writes a row for each, all or none: a failure takes back what the batch wrote. (Of more files in one batch than
    /// may be open, those that had to be closed keep what they got: it is written again.)
    mutating func write(_ deliveries: [Delivery]) throws(SystemFailure) {
        batch += 1
        do throws(SystemFailure) {
            for delivery in deliveries { try add(delivery) }
            for target in targets.values { try flush(target) }
            if settings.sync == .eachBatch { try sync() }
        } catch {
            for target in targets.values { target.file.pending.removeAll() }
            for (file, length) in undo.reversed() {
                do throws(SystemFailure) {
                    try file.cut(to: length)
                } catch {
                    logger.error(
                        "Rows of a batch that failed stay, and will be written again", metadata: ["error": "\(error)"])
                }
            }
            undo.removeAll()
            throw error
        }
        undo.removeAll()
    }

    mutating func sync() throws(SystemFailure) {
        for target in targets.values { try target.file.sync() }
        if namesChanged {
            try hold.sync()
            namesChanged = false
        }
    }

    // MARK: - Rows

    private mutating func add(_ delivery: Delivery) throws(SystemFailure) {
        let event = delivery.event
        let target = try target(of: event)
        let content = CSVContent(event)
        var time: String { (event.createdAt ?? delivery.entry.time).description }
        if case .members(let members) = content, let columns = target.file.columns, columns.match(members) {
            columns.appendMatchingRow(members, time: time, to: &target.file.pending)
            return
        }
        try fit(target, content).appendRow(content, time: time, to: &target.file.pending)
    }

    /// The columns of the target's file, which may be a new one, with room for all of an event of a topic that
    /// declares none.
    private mutating func fit(_ target: CSVTarget, _ content: CSVContent) throws(SystemFailure) -> CSVColumns {
        let present = target.file.columns
        if let present, target.declared != nil { return present }
        let needed = content.names
        if let present, present.hold(needed) { return present }
        let columns = present?.extended(by: needed) ?? CSVColumns(fields: needed)
        if target.file.hasRows || !target.file.pending.isEmpty {
            try flush(target)
            try rotate(target)
        }
        target.file.begin(columns)
        return columns
    }

    // MARK: - Files

    private mutating func target(of event: Event) throws(SystemFailure) -> CSVTarget {
        let sender = event.sender ?? CSVFileName.system
        let target: CSVTarget
        if let last, last.key.topic == event.topic, last.key.sender == sender {
            target = last
        } else {
            let key = CSVTarget.Key(sender: sender, topic: event.topic)
            target = if let known = targets[key] { known } else { try open(key) }
            uses += 1
            target.usedAt = uses
            last = target
        }
        if target.checkedInBatch != batch { try check(target) }
        return target
    }

    private mutating func open(_ key: CSVTarget.Key) throws(SystemFailure) -> CSVTarget {
        while targets.count >= settings.maximumOpenFiles { try closeOldest() }
        let base = CSVFileName.base(sender: key.sender, topic: key.topic)
        let isNew = seen.count >= Self.seenLimit || !seen.contains(base.hashValue)
        let target = CSVTarget(key: key, base: base, file: try file(base, isKnown: !isNew))
        if settings.rotation.atStart, isNew, target.file.hasRows { try rotate(target) }
        if seen.count >= Self.seenLimit { seen.removeAll() }
        seen.insert(base.hashValue)
        targets[key] = target
        return target
    }

    private mutating func file(_ base: String, isKnown: Bool) throws(SystemFailure) -> CSVFile {
        let file = try CSVFile(path: path(base), isKnown: isKnown, disk: disk)
        if file.length == 0 { namesChanged = true }
        if file.tornBytes > 0 {
            logger.warning(
                "Cut off a row that was not written to its end",
                metadata: ["file": "\(file.path)", "bytes": "\(file.tornBytes)"])
        }
        return file
    }

    private func path(_ base: String, number: Int? = nil) -> String {
        "\(settings.directory)/\(base)\(number.map { "_\($0)" } ?? "").csv"
    }

    /// Before a batch's first row: the file may have been moved away by others, be of another day, or of other columns.
    private mutating func check(_ target: CSVTarget) throws(SystemFailure) {
        if !target.file.isInPlace { target.file = try file(target.base, isKnown: false) }
        target.declared = fields(target.key.topic).map { CSVColumns(fields: $0.map(\.name)) }
        if target.file.hasRows {
            let isOfOtherColumns =
                target.file.columns == nil || (target.declared ?? target.file.columns) != target.file.columns
            let isOfOtherDay = settings.rotation.daily && target.file.day != disk.today()
            if isOfOtherColumns || isOfOtherDay { try rotate(target) }
        }
        if !target.file.hasRows, let declared = target.declared { target.file.begin(declared) }
        target.checkedInBatch = batch
    }

    private mutating func flush(_ target: CSVTarget) throws(SystemFailure) {
        let pending = target.file.pending
        guard !pending.isEmpty else { return }
        if let limit = settings.rotation.maximumBytes, target.file.hasRows, target.file.length + pending.count > limit {
            let full = target.file
            full.pending = []
            try rotate(target)
            if let columns = full.columns { target.file.begin(columns) }
            target.file.pending = pending
        }
        undo.append((target.file, target.file.length))
        try target.file.flush()
    }

    private mutating func closeOldest() throws(SystemFailure) {
        guard let oldest = targets.values.min(by: { $0.usedAt < $1.usedAt }) else { return }
        try flush(oldest)
        if settings.sync != .never { try oldest.file.sync() }
        targets[oldest.key] = nil
        if last === oldest { last = nil }
        // Files are held open for taking back, too, but no more of them than may be open.
        if undo.count > settings.maximumOpenFiles { undo.removeFirst() }
    }

    /// Puts the target's file aside, whose rows are all written, and begins another: `name.csv` becomes `name_1.csv`,
    /// and so on up to the number that is kept.
    private mutating func rotate(_ target: CSVTarget) throws(SystemFailure) {
        if settings.sync != .never { try target.file.sync() }
        // A number that is free ends the row of those that must make room.
        var free = 1
        while free < settings.rotation.kept, access(path(target.base, number: free), F_OK) == 0 { free += 1 }
        for number in stride(from: free, to: 0, by: -1) {
            let from = path(target.base, number: number == 1 ? nil : number - 1)
            // The oldest one is replaced.
            guard Glibc.rename(from, path(target.base, number: number)) == 0 else {
                throw SystemFailure("rename '\(from)'")
            }
        }
        namesChanged = true
        target.file = try file(target.base, isKnown: true)
    }
}
