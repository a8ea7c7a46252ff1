import Daybook

/// How a queue follows the index.
extension JobQueue {
    /// Takes in what was applied to the index.
    func absorb(_ touches: [TopicWatch.Touch], _ events: TouchedEvents, _ batch: RecordBatch) {
        let time = now().microseconds
        wake { state in
            var isMore = false
            var seen: Set<EventID> = []
            for touch in touches {
                if let removed = touch.removed, !events.has(touch.id) {
                    self.absorb(touch.id, removed, &state.queue, at: time)
                } else if seen.insert(touch.id).inserted {
                    events.withEvent(touch.id) { view in
                        if self.key.isSource(view.topic) {
                            self.keepPayload(of: view, batch, &state.queue)
                            self.reconsider(view.id, &state.queue, at: time)
                            isMore = isMore || !state.queue.covers(SourceKey(view))
                        }
                        if view.topic.isEqual(to: self.key.target) {
                            self.absorbJob(view, touches, batch, &state.queue, at: time)
                        }
                    }
                }
            }
            state.queue.trim()
            return isMore
        }
    }

    private func absorb(
        _ id: EventID, _ removed: TopicWatch.Touch.Removed, _ queue: inout QueueState, at time: Int64
    ) {
        var topic = removed.topic
        if topic.withUTF8({ key.isSource(UnsafeRawBufferPointer($0)) }) { queue.forget(id) }
        if removed.topic == key.target, let source = removed.dependsOn {
            queue.jobRemoved(id, of: source)
            reconsider(source, &queue, at: time)
        }
    }

    private func absorbJob(
        _ view: IndexedEventView, _ touches: [TopicWatch.Touch], _ batch: RecordBatch, _ queue: inout QueueState,
        at time: Int64
    ) {
        guard let source = view.dependsOn, JobHash.isHash(view.hash, of: source, target: key.target) else { return }
        let job = JobFacts(view)
        guard queue.sources[source] != nil else {
            if !job.isOver { reconsider(source, &queue, at: time) }
            return
        }
        if let known = queue.sources[source]?.job, known.id == job.id, known.lastOffset >= job.lastOffset { return }
        var handout: JobMetadata?
        for touch in touches where touch.id == job.id {
            if let found = Self.handout(in: batch, at: touch.offset) { handout = found }
        }
        queue.apply(job, of: source, handout: handout, at: time)
    }

    /// Who got a job by a record; nil when it gave the job to nobody.
    private static func handout(in batch: RecordBatch, at offset: Int64) -> JobMetadata? {
        guard let record = batch.record(at: offset), let entry = try? RecordDecoder.decode(record) else { return nil }
        let isHandout =
            switch entry.operation {
            case .created: true
            case .changed: entry.changes.isSuperset(of: [.status, .sender, .retries]) && entry.event.status == .pending
            case .deleted: false
            }
        return isHandout ? JobMetadata(entry.event.metadata) : nil
    }

    /// Works the conditions on a payload out while its record is at hand.
    private func keepPayload(of view: IndexedEventView, _ batch: RecordBatch, _ queue: inout QueueState) {
        guard let filter = key.filter, filter.readsPayload, let position = view.payloadPosition,
            position.partition == batch.partition, let value = batch.record(at: position.offset)?.value
        else { return }
        let type = String(decoding: view.contentType, as: UTF8.self)
        queue.payloads.keep(
            filter.payloadResults(Payload(contentType: type, bytes: value)), of: view.id, offset: position.offset)
    }
}

extension RecordBatch {
    /// The record of the batch at an offset.
    fileprivate func record(at offset: Int64) -> Record? {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < records.count && records[low].offset == offset ? records[low].record : nil
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func isEqual(to text: String) -> Bool {
        var text = text
        return text.withUTF8 { isEqual(to: UnsafeRawBufferPointer($0)) }
    }
}
