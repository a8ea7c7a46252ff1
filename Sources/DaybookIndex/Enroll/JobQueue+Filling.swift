import Daybook
import Synchronization

/// How sources get into a queue.
extension JobQueue {
    /// Looks for sources in the index until some are ready, or there are no more.
    ///
    /// - Parameter wanted: how many are to be ready at least; nil for so many that choosing does not have to look often.
    /// - Throws: a ``LogError`` when payloads cannot be read; `CancellationError`.
    func fill(_ wanted: Int?, _ log: any EventLog) async throws {
        while true {
            let isEnough = state.withLock { state in
                guard state.queue.unread.isEmpty else { return false }
                if state.queue.isComplete || state.queue.readyCount >= wanted ?? Self.fewest { return true }
                lookFurther(&state.queue)
                return false
            }
            if isEnough { return }
            try await readPayloads(log)
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func lookFurther(_ queue: inout QueueState) {
        let slice = index.scan(&queue.scan, limit: Self.scanned)
        let time = now().microseconds
        for at in 0..<slice.sources.count {
            let job = slice.jobNumbers[at].map { slice.jobs.withEvent($0) { JobFacts($0) } }
            slice.sources.withEvent(at) { queue.consider($0, job, at: time) }
        }
        if slice.isAtEnd { queue.isComplete = true }
    }

    /// Reads the payloads of sources that came when their records were not at hand.
    private func readPayloads(_ log: any EventLog) async throws {
        guard let filter = key.filter, filter.readsPayload else { return }
        let ids = state.withLock { Array($0.queue.unread.prefix(Self.payloads)) }
        guard !ids.isEmpty else { return }
        let positions = ids.compactMap { id in
            index.withEvent(id) { $0.payloadPosition }.flatMap { $0 }.map { (id, $0) }
        }
        let records = try await log.records(at: positions.map(\.1))
        var results: [EventID: (offset: Int64, results: Filter.PayloadResults)] = [:]
        for ((id, position), record) in zip(positions, records) {
            let payload = try? record.map { try RecordDecoder.decode($0.record).event.payload }
            results[id] = (position.offset, filter.payloadResults(payload ?? nil))
        }
        let time = now().microseconds
        wake { state in
            for id in ids {
                if let (offset, results) = results[id] { state.queue.payloads.keep(results, of: id, offset: offset) }
                self.reconsider(id, &state.queue, at: time)
            }
            return false
        }
    }

    /// Looks at a source again, as the index has it now.
    func reconsider(_ id: EventID, _ queue: inout QueueState, at time: Int64) {
        guard let (source, job) = index.source(id, target: key.target) else { return queue.forget(id) }
        source.withEvent(0) { view in
            guard view.status == .finished, key.isSource(view.topic) else { return queue.forget(id) }
            guard queue.sources[id] != nil || queue.unread.contains(id) || queue.covers(SourceKey(view)) else { return }
            queue.consider(view, job, at: time)
        }
    }
}
