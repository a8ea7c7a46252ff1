import Daybook
import Dispatch

/// A directory with snapshots of what was made from a log: files replaced as a whole, so that there is always a whole one.
///
/// Files are read and written on a thread of their own, never on the cooperative pool.
public final class SnapshotStore: Sendable {
    private static let indexFile = "index.snapshot"

    let directory: String
    private let queue = DispatchQueue(label: "daybook.snapshots")

    /// - Parameter directory: an existing directory that nobody else writes snapshots to.
    public init(directory: String) {
        self.directory = directory
    }

    // MARK: - The index

    /// Reads the index's snapshot.
    ///
    /// - Throws: ``SnapshotRefusal`` when there is none that is whole, and made from this log with these bounds.
    func load(identity: String, prefix: String, bounds: IndexBounds) async throws(SnapshotRefusal) -> RestoredIndex {
        try await read(Self.indexFile) { file in
            let contents = try SnapshotReader.read(&file)
            let meta = contents.meta
            guard meta.identity == identity else {
                throw SnapshotRefusal.otherLog("its log is \(meta.identity), this one is \(identity)")
            }
            guard meta.prefix == prefix else {
                throw SnapshotRefusal.otherLog("its streams begin with \(meta.prefix), these with \(prefix)")
            }
            var own = bounds
            own.maximumSignals = meta.bounds.maximumSignals
            guard meta.bounds == own else { throw SnapshotRefusal.otherBounds }
            return RestoredIndex(try IndexState(contents, bounds: bounds), meta.marks)
        }
    }

    /// Writes the index's snapshot.
    ///
    /// - Throws: ``SnapshotRefusal/unreadable(_:)`` when it cannot be written; the former one is still there then.
    func save(_ image: IndexImage, identity: String, prefix: String) async throws(SnapshotRefusal) {
        try await replace(Self.indexFile) { file in
            try SnapshotWriter(image, identity: identity, prefix: prefix).write(to: &file)
        }
    }

    // MARK: - Files

    /// Reads a file.
    ///
    /// - Throws: ``SnapshotRefusal``.
    func read<Result: Sendable>(
        _ name: String, _ body: @escaping @Sendable (inout SnapshotFile) throws -> Result
    ) async throws(SnapshotRefusal) -> Result {
        try await run { [directory] in
            guard var file = try SnapshotFile.open(existing: "\(directory)/\(name)") else {
                throw SnapshotRefusal.missing
            }
            return try body(&file)
        }
    }

    /// Writes a file in the place of the former one.
    ///
    /// - Throws: ``SnapshotRefusal/unreadable(_:)`` when it cannot be written; the former one is still there then.
    func replace(
        _ name: String, _ body: @escaping @Sendable (inout SnapshotFile) throws -> Void
    ) async throws(SnapshotRefusal) {
        try await run { [directory] in
            let path = "\(directory)/\(name)"
            let temporaryPath = path + ".new"
            do {
                var file = try SnapshotFile.create(temporaryPath)
                try body(&file)
                try file.sync()
                try SnapshotFile.replace(path, with: temporaryPath, in: directory)
            } catch {
                SnapshotFile.remove(temporaryPath)
                throw error
            }
        }
    }

    private func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws(SnapshotRefusal) -> Result {
        let result = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Swift.Result { try body() })
            }
        }
        do {
            return try result.get()
        } catch let refusal as SnapshotRefusal {
            throw refusal
        } catch {
            throw .unreadable("\(error)")
        }
    }
}

/// An index read from a snapshot, on its way to the ``EventIndex`` that takes it.
final class RestoredIndex: @unchecked Sendable {
    let marks: [IndexImage.Mark]
    private var state: IndexState?

    init(_ state: consuming IndexState, _ marks: [IndexImage.Mark]) {
        self.marks = marks
        self.state = consume state
    }

    /// The state, once.
    func take() -> IndexState? { state.take() }
}
