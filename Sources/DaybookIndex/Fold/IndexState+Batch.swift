import Daybook

extension IndexState {
    /// Applies a batch from a record on, for a stretch of time.
    ///
    /// - Parameter at: the record to go on with; moved.
    /// - Returns: whether all of the batch was applied.
    mutating func apply(_ batch: RecordBatch, from at: inout Int, until deadline: ContinuousClock.Instant) -> Bool {
        let number = partitions.add(batch.partition, next: batch.records.first?.offset ?? batch.nextOffset)
        let start = partitions[number].next
        while at < batch.records.count {
            if batch.records[at].offset >= start { apply(batch.records[at], in: number) }
            at += 1
            if at % 16 == 0, ContinuousClock.now >= deadline { break }
        }
        if let last = batch.records[..<at].last {
            partitions[number].lastOffset = last.offset
            partitions[number].next = max(start, last.offset + 1)
        }
        collectGarbage()
        guard at == batch.records.count else { return false }
        partitions[number].next = max(partitions[number].next, batch.nextOffset)
        return true
    }
}
