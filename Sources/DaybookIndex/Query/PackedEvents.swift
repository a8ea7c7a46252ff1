import Daybook

/// Events copied out of the index into one block of bytes: a copy is all that happens while the index is locked, and
/// whoever asked takes the events apart, or writes them as JSON, in his own time.
struct PackedEvents: Sendable {
    private var bytes: [UInt8] = []
    private var starts: [Int] = []
    /// By number.
    var partitions: [StreamPartition] = []

    var count: Int { starts.count }

    func withEvent<Result>(_ at: Int, _ body: (IndexedEventView) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes { all in
            let start = starts[at]
            let end = at + 1 < starts.count ? starts[at + 1] : all.count
            let row = all.loadUnaligned(fromByteOffset: start, as: Row.self)
            let rest = start + MemoryLayout<Row>.size
            return try body(IndexedEventView(row: row, bytes: all.part(rest, end - rest), partitions: partitions))
        }
    }

    mutating func append(_ row: Row, names: InlineArray<8, UnsafeRawBufferPointer?>, text: UnsafeRawBufferPointer) {
        starts.append(bytes.count)
        withUnsafeBytes(of: row) { bytes.append(contentsOf: $0) }
        for at in names.indices {
            let length = names[at].map { UInt32($0.count) } ?? IndexedEventView.absent
            withUnsafeBytes(of: length) { bytes.append(contentsOf: $0) }
        }
        for at in names.indices {
            if let name = names[at] { bytes.append(contentsOf: name) }
        }
        bytes.append(contentsOf: text)
    }

    mutating func removeLast() {
        if let start = starts.popLast() { bytes.removeSubrange(start...) }
    }
}

extension IndexState {
    /// Copies an event, with the progress that is to be shown.
    func pack(_ number: UInt32, into packed: inout PackedEvents) {
        var row = rows.pointer(number).pointee
        if !signals.isEmpty,
            let progress = signals.progress(
                of: row.id, partition: partitions[row.partition].id, lastOffset: row.lastOffset)
        {
            row.progress = progress
        }
        packed.append(
            row,
            names: [
                topics[row.topic], projects[row.project], users[row.user], senders[row.sender], hashes[row.hash],
                parents[row.dependsOn], senderTypes[row.senderType], actors[row.actor],
            ],
            text: row.text == TextArena.none ? .empty : texts[row.text])
    }
}
