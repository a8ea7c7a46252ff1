import Daybook

/// What an index held at one moment. It costs next to nothing to take and may be read on any thread while the index goes
/// on.
struct IndexImage: @unchecked Sendable {
    /// Values of one attribute.
    struct Names {
        let values: PagedImage<Facet.Value>
        let texts: TextArena

        /// The bytes of a value; nil for a number without one.
        subscript(number: UInt32) -> UnsafeRawBufferPointer? {
            let reference = values.pointer(number).pointee.text
            return reference == TextArena.none ? nil : texts[reference]
        }
    }

    /// How far a partition had been applied.
    struct Mark: Hashable {
        var partition: StreamPartition
        var next: Int64
        var newestTime: Int64
        var lastOffset: Int64
        var fingerprint: UInt64
    }

    let bounds: IndexBounds
    let marks: [Mark]
    let rows: PagedImage<Row>
    let texts: TextArena
    /// In the order of ``IndexedEventView/Name``.
    let names: [Names]
    let counters: FoldCounters

    var partitions: [StreamPartition] { marks.map(\.partition) }

    /// The rows that hold events.
    var usedRows: some Sequence<UInt32> {
        (0..<UInt32(rows.count)).lazy.filter { !rows.pointer($0).pointee.isFree }
    }

    /// Calls the body with an event as its records tell it, without signals.
    func withEvent<Result>(
        _ number: UInt32, _ partitions: [StreamPartition], _ body: (IndexedEventView) throws -> Result
    ) rethrows -> Result {
        var packed = PackedEvents()
        packed.partitions = partitions
        let row = rows.pointer(number).pointee
        packed.append(
            row,
            names: [
                names[0][row.topic], names[1][row.project], names[2][row.user], names[3][row.sender],
                names[4][row.hash], names[5][row.dependsOn], names[6][row.senderType], names[7][row.actor],
            ],
            text: row.text == TextArena.none ? .empty : texts[row.text])
        return try packed.withEvent(0, body)
    }
}

extension IndexState {
    func image() -> IndexImage {
        IndexImage(
            bounds: bounds,
            marks: partitions.states.map {
                IndexImage.Mark(
                    partition: $0.id, next: $0.next, newestTime: $0.newestTime, lastOffset: $0.lastOffset,
                    fingerprint: $0.fingerprint)
            },
            rows: rows.image(), texts: texts,
            names: [
                topics.image(), projects.image(), users.image(), senders.image(), hashes.image(), parents.image(),
                senderTypes.image(), actors.image(),
            ],
            counters: counters)
    }
}

extension Facet {
    func image() -> IndexImage.Names { IndexImage.Names(values: values.image(), texts: texts) }
}
