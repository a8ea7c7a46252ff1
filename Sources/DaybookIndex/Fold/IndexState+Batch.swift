import Daybook

extension IndexState {
    /// Applies a batch from a record on, for a stretch of time.
    ///
    /// - Parameter at: the record to go on with; moved.
    /// - Returns: whether all of the batch was applied.
    mutating func apply(_ batch: RecordBatch, from at: inout Int, until deadline: ContinuousClock.Instant) -> Bool {
        let number = partitions.add(batch.partition, next: batch.records.first?.offset ?? batch.nextOffset)
        let start = partitions[number].next
        var applied = 0
        batch.records.forEachPointer(from: &at) { stored, record in
            if stored.pointee.offset >= start {
                apply(record, offset: stored.pointee.offset, time: stored.pointee.time.microseconds, in: number)
            }
            applied += 1
            return applied % 16 != 0 || ContinuousClock.now < deadline
        }
        if applied > 0, at > 0 {
            let last = batch.records[at - 1]
            if last.offset >= start {
                partitions[number].lastOffset = last.offset
                partitions[number].fingerprint = RecordFingerprint.of(last)
                partitions[number].next = last.offset + 1
            }
        }
        collectGarbage()
        guard at == batch.records.count else { return false }
        partitions[number].next = max(partitions[number].next, batch.nextOffset)
        return true
    }
}

extension [StoredRecord] {
    /// Calls the body with pointers to each element and to the record in it, until it says no.
    @inline(__always)
    func forEachPointer(
        from at: inout Int, _ body: (UnsafePointer<StoredRecord>, UnsafePointer<Record>) -> Bool
    ) {
        withUnsafeBufferPointer { elements in
            while at < elements.count, let start = elements.baseAddress {
                let element = start + at
                at += 1
                guard let offset = MemoryLayout<StoredRecord>.offset(of: \.record) else { return }
                let record = UnsafeRawPointer(element).advanced(by: offset).assumingMemoryBound(to: Record.self)
                guard body(element, record) else { return }
            }
        }
    }
}
