import Daybook
import LosslessJSON

/// What a canonical dump of an index says of each event.
public struct DumpOptions: Hashable, Sendable {
    /// Log times and positions, which differ between two logs that hold the same events.
    public var includesPositions: Bool

    public init(includesPositions: Bool = true) {
        self.includesPositions = includesPositions
    }
}

extension EventIndex {
    /// Writes the canonical dump: a line of JSON for each event that queries find, in the order of ids, with all its
    /// attributes, its log times and its positions; of a payload where it is and what it is.
    ///
    /// Two indexes with equal dumps hold the same events in the same state, and the other way round. Signals, which do
    /// not change an event, are not in it.
    ///
    /// - Parameter write: takes some whole lines at a time.
    public func dump(_ options: DumpOptions = DumpOptions(), _ write: ([UInt8]) async throws -> Void) async throws {
        let image = image()
        let partitions = image.partitions
        var order: [(id: EventID, row: UInt32)] = []
        for number in image.usedRows {
            let row = image.rows.pointer(number)
            if row.pointee.isVisible { order.append((row.pointee.id, number)) }
        }
        order.sort { $0.id < $1.id }
        var json = JSONWriter(capacity: 80 * 1024)
        for (at, entry) in order.enumerated() {
            image.withEvent(entry.row, partitions) { $0.writeCanonical(to: &json, options) }
            if json.bytes.count >= 64 * 1024 || at == order.count - 1 {
                try await write(json.bytes)
                json.bytes.removeAll(keepingCapacity: true)
                await Task.yield()
            }
        }
    }

    /// The canonical dump in one piece.
    public func dump(_ options: DumpOptions = DumpOptions()) async throws -> String {
        var bytes: [UInt8] = []
        try await dump(options) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension IndexedEventView {
    fileprivate func writeCanonical(to json: inout JSONWriter, _ options: DumpOptions) {
        func write(_ name: StaticString, _ text: String) {
            json.key(name)
            json.string(text)
        }
        json.beginObject()
        let event = IndexedEvent(self)
        event.event.writeMembers(to: &json, payload: false)
        if let payload = event.payload { write("contentType", payload.contentType) }
        if let actor = event.actor { write("actor", actor) }
        if options.includesPositions {
            write("createdTime", createdTime.description)
            write("updatedAt", updatedAt.description)
            write("created", created.description)
            write("last", last.description)
            if let payload = event.payload { write("payloadAt", payload.position.description) }
        }
        json.endObject()
        json.endLine()
    }
}
