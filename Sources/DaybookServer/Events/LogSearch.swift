import Daybook
import DaybookIndex
import HTTPTypes

/// Looks in the log for events that the index does not have, one search at a time: a search reads much, and whoever asks
/// for unknown ids must not stop the others.
struct LogSearch: Sendable {
    private let gate = AsyncGate()
    private let options: LogLookup.Options
    /// How long a search may take, waiting for others included.
    private let timeout: Duration

    init(timeout: Duration, options: LogLookup.Options = LogLookup.Options()) {
        self.timeout = timeout
        self.options = options
    }

    /// The records of an event, whatever became of it, in order.
    ///
    /// - Throws: 404 when there are none; 503 when the log cannot be read, or not within the time.
    func history(of id: EventID, in parts: DaybookNode.Parts) async throws -> [HistoryEntry] {
        let entries = try await search { options -> [HistoryEntry] in
            if let event = parts.index.event(id) {
                return try await parts.log.history(of: id, created: event.created, last: event.last.offset)
            }
            let (created, isComplete) = try await LogLookup(catalog: parts.catalog, options: options).created(of: id)
            guard let created else { throw notFound(isComplete: isComplete) }
            return try await parts.log.history(of: id, created: created)
        }
        guard !entries.isEmpty else { throw Problem.eventNotFound }
        return entries
    }

    /// An event that has left the index for the index's bounds, as the log still has it.
    ///
    /// - Throws: 404 when it has not; 503 when the log cannot be read, or not within the time.
    func event<Result: Sendable>(
        _ id: EventID, in parts: DaybookNode.Parts, _ body: @escaping @Sendable (IndexedEventView) -> Result
    ) async throws -> Result {
        // Without bounds, what is not in the index is not in the log either.
        let fold = parts.index.statistics.fold
        guard fold.evictedByCount + fold.evictedByAge > 0 else { throw Problem.eventNotFound }
        let (answer, result) = try await search { options in
            try await LogLookup(catalog: parts.catalog, options: options).withEvent(id, body)
        }
        switch answer {
        case .found(_, let isComplete):
            guard isComplete, let result else {
                throw Problem.unavailable(
                    "the event has left the index and has more records than can be read for one answer")
            }
            return result
        case .deleted: throw Problem.eventNotFound
        case .notFound: throw notFound(isComplete: true)
        case .notSearchable: throw notFound(isComplete: false)
        }
    }

    private func search<Result: Sendable>(
        _ body: @escaping @Sendable (LogLookup.Options) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await withDeadline(timeout) { [gate, options] in
                try await gate.withLock { try await body(options) }
            }
            guard let result else {
                throw Problem.unavailable("the event was not found in the log within \(timeout)")
            }
            return result
        } catch let error as LogError {
            throw Problem.unavailable("the log cannot be read now: \(error)")
        }
    }

    private func notFound(isComplete: Bool) -> Problem {
        guard !isComplete else { return .eventNotFound }
        return Problem(
            .notFound,
            "Event not found: the index does not have it, and the log was searched no further than \(options.maximumRecords) records"
        )
    }
}
