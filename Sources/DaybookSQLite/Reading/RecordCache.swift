import Daybook
import Synchronization

/// Records that were asked for by their positions, for when they are asked for again: as many as there is room for, those
/// not asked for longest going first, about.
///
/// Only of partitions that are not compacted: there a record is what it was for as long as its offset is in the partition.
/// Whether it still is, the caller knows.
final class RecordCache: Sendable {
    struct Key: Hashable {
        /// Of the partition.
        var id: Int
        var offset: Int64
    }

    private struct State {
        /// Asked for since the generations changed.
        var young: [Key: StoredRecord] = [:]
        /// Asked for in the generation before, and not since.
        var old: [Key: StoredRecord] = [:]
        var youngBytes = 0
    }

    /// What a record takes besides its bytes, about.
    private static let overhead = 160

    private let generationBytes: Int
    private let state = Mutex(State())

    /// - Parameter maximumBytes: of all records together.
    init(maximumBytes: Int) {
        generationBytes = maximumBytes / 2
    }

    subscript(key: Key) -> StoredRecord? {
        state.withLock { state in
            if let record = state.young[key] { return record }
            guard let record = state.old.removeValue(forKey: key) else { return nil }
            insert(record, for: key, &state)
            return record
        }
    }

    func insert(_ record: StoredRecord, for key: Key) {
        state.withLock { insert(record, for: key, &$0) }
    }

    private func insert(_ record: StoredRecord, for key: Key, _ state: inout State) {
        let bytes = record.record.byteCount + Self.overhead
        // One that is as large as all others together would push them out.
        guard bytes <= generationBytes / 8 else { return }
        if state.youngBytes + bytes > generationBytes {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
        if state.young.updateValue(record, forKey: key) == nil { state.youngBytes += bytes }
    }
}
