/// Says where in a ``RowList`` a row belongs. Good until the next row is added.
protocol RowKeys {
    func key(_ row: UInt32) -> SortKey
}

/// The order of queries.
struct TimeOrder: RowKeys {
    let rows: PagedReader<Row>
    /// By partition number.
    let ranks: UnsafePointer<UInt32>

    @inline(__always)
    func key(_ row: UInt32) -> SortKey {
        let row = rows.pointer(row)
        return SortKey(
            createdAt: row.pointee.createdAt, time: row.pointee.createdTime, rank: ranks[Int(row.pointee.partition)],
            offset: row.pointee.createdOffset)
    }
}

/// The order within one partition.
struct OffsetOrder: RowKeys {
    let rows: PagedReader<Row>

    @inline(__always)
    func key(_ row: UInt32) -> SortKey { Self.key(offset: rows.pointer(row).pointee.createdOffset) }

    static func key(offset: Int64) -> SortKey { SortKey(createdAt: offset, time: 0, rank: 0, offset: 0) }
}
