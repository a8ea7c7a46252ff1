public import Daybook

extension FaultyLog {
    public func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        try await storeHeldBack()
        var starts = starts
        if fault == .readersBeginAtTheStart || fault == .readersJump {
            let marks = try await base.watermarks(of: Array(starts.keys))
            for (partition, offset) in starts {
                guard let range = marks[partition] else { continue }
                starts[partition] =
                    fault == .readersBeginAtTheStart ? range.low : min(max(offset, range.low), range.end)
            }
        }
        if fault == .readersShareTheirPlace, let shared = memory.value.sharedReaders[starts] { return shared }
        var first = starts
        if fault == .partitionsStarve || fault == .readersWaitForOnePartition, let partition = starts.keys.min() {
            first = starts.filter { $0.key == partition }
        }
        let reader: FaultyReader
        do {
            reader = FaultyReader(
                try await base.reader(from: first), self, starts, rest: starts.filter { first[$0.key] == nil })
        } catch let error as LogError where fault == .readersHangOutOfRange && error.isOutOfRange {
            try await FaultyLog.hang()
        }
        if fault == .readersShareTheirPlace { memory.update { $0.sharedReaders[starts] = reader } }
        return reader
    }
}

/// A reader with the fault of its log.
final class FaultyReader: LogReader {
    private struct State: Sendable {
        var offsets: [StreamPartition: Int64]
        /// Partitions that are not read yet.
        var rest: [StreamPartition: Int64]
        /// A read that was cancelled and goes on all the same.
        var cancelled: Task<RecordBatch, any Error>?
    }

    private let base: any LogReader
    private let log: FaultyLog
    private let state: Watched<State>

    init(_ base: any LogReader, _ log: FaultyLog, _ starts: [StreamPartition: Int64], rest: [StreamPartition: Int64]) {
        self.base = base
        self.log = log
        state = Watched(State(offsets: starts, rest: rest))
    }

    func next(maximum: Int) async throws -> RecordBatch {
        do {
            var batch = try await faultyNext(maximum: maximum)
            state.update { $0.offsets[batch.partition] = batch.nextOffset }
            batch.records = batch.records.map(log.damaged)
            if log.fault == .caughtUpTooEarly { batch.end = batch.nextOffset }
            return batch
        } catch let error as LogError {
            switch error {
            case .closed
            where log.fault == .closedReadersWait || (log.fault == .closingLeavesWaits && log.isClosing.value):
                try await FaultyLog.hang()
            case .outOfRange where log.fault == .readersHangOutOfRange: try await FaultyLog.hang()
            case .outOfRange(let position, let available) where log.fault == .readersJump:
                try await base.add([position.partition: available.low])
                return try await next(maximum: maximum)
            default: throw error
            }
        }
    }

    private func faultyNext(maximum: Int) async throws -> RecordBatch {
        switch log.fault {
        case .maximumIsIgnored: return try await base.next(maximum: maximum + 20)
        case .readersAreNotWoken where try await isAtEnd(): try await FaultyLog.hang()
        case .readersAnswerEmpty where try await isAtEnd():
            guard let (partition, offset) = state.value.offsets.first else {
                return try await base.next(maximum: maximum)
            }
            return RecordBatch(partition: partition, records: [], nextOffset: offset, end: offset)
        case .oneReaderIsWoken where try await isAtEnd():
            let others = log.memory.update { memory in
                memory.waitingReaders += 1
                return memory.waitingReaders - 1
            }
            defer { log.memory.update { $0.waitingReaders -= 1 } }
            if others > 0 { try await FaultyLog.hang() }
            return try await base.next(maximum: maximum)
        case .partitionsStarve, .readersWaitForOnePartition: return try await nextOfFirst(maximum: maximum)
        case .gapsAreHidden:
            while true {
                var batch = try await base.next(maximum: maximum)
                guard let last = batch.records.last else { continue }
                batch.nextOffset = last.offset + 1
                return batch
            }
        case .cancellationIsIgnored: return try await Task { try await base.next(maximum: maximum) }.value
        case .cancelledReadsLoseRecords: return try await nextOutlivingCancellation(maximum: maximum)
        default: return try await base.next(maximum: maximum)
        }
    }

    private func isAtEnd() async throws -> Bool {
        let offsets = state.value.offsets
        let marks = try await log.base.watermarks(of: Array(offsets.keys))
        return offsets.allSatisfy { $0.value >= marks[$0.key]?.end ?? 0 }
    }

    /// Reads the first partition, and the others when that has come to its end; or (``LogFault/readersWaitForOnePartition``) when any
    /// of them has something at the time of the call.
    private func nextOfFirst(maximum: Int) async throws -> RecordBatch {
        let (offsets, rest) = (state.value.offsets, state.value.rest)
        let first = offsets.filter { rest[$0.key] == nil }
        let marks = try await log.base.watermarks(of: Array(offsets.keys))
        let firstIsRead = first.allSatisfy { $0.value >= marks[$0.key]?.end ?? 0 }
        let restHasMore = rest.contains { $0.value < marks[$0.key]?.end ?? 0 }
        if firstIsRead, log.fault == .partitionsStarve || restHasMore, !rest.isEmpty {
            try await base.add(rest)
            state.update { $0.rest = [:] }
        }
        return try await base.next(maximum: maximum)
    }

    private func nextOutlivingCancellation(maximum: Int) async throws -> RecordBatch {
        if let lost = state.value.cancelled {
            _ = try await lost.value
            state.update { $0.cancelled = nil }
        }
        let read = Task { try await base.next(maximum: maximum) }
        let answer = Watched<Result<RecordBatch, any Error>?>(nil)
        Task {
            let result: Result<RecordBatch, any Error>
            do { result = .success(try await read.value) } catch { result = .failure(error) }
            answer.update { $0 = result }
        }
        do {
            return try await answer.when { $0 }.get()
        } catch is CancellationError {
            state.update { $0.cancelled = read }
            throw CancellationError()
        }
    }

    func add(_ starts: [StreamPartition: Int64]) async throws {
        let known = state.value.offsets
        switch log.fault {
        case .addedPartitionsAreIgnored: return
        case .addedPartitionsStay: try await base.add(starts.filter { known[$0.key] == nil })
        default: try await base.add(starts)
        }
        state.update { $0.offsets.merge(starts) { $1 } }
    }

    func close() async {
        await base.close()
    }
}
