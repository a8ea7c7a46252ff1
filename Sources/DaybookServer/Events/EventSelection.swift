import Daybook
import DaybookIndex
import LosslessJSON

/// Finds all events of the index that a filter matches, its conditions on the payload included.
struct EventSelection {
    /// How many may be found: what is done with them is done at once.
    static let maximumCount = 100_000
    /// How many payloads are in memory at once.
    private static let payloads = 32

    let reader: EventReader

    /// The newest first, so that an event comes before those it depends on.
    ///
    /// - Parameter filter: nil is everything.
    /// - Throws: 400 when there are more than ``maximumCount``; 503.
    func events(matching filter: Filter?) async throws -> [EventReference] {
        let readsPayload = filter?.readsPayload ?? false
        var query = EventQuery()
        query.filter = readsPayload ? nil : filter
        query.limit = EventQuery.limits.upperBound
        var found: [EventReference] = []
        repeat {
            let page = try await reader.query(query)
            if let filter, readsPayload {
                found += try await matching(filter, page.events).map(\.reference)
            } else {
                found += page.events.map(\.reference)
            }
            guard found.count <= Self.maximumCount else {
                throw Problem.validation([
                    .init(
                        ["body", "filter"],
                        "matches more than \(Self.maximumCount) events: narrow it, by createdAt for example, and do the rest after",
                        type: "too_many")
                ])
            }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return found
    }

    private func matching(_ filter: Filter, _ events: [IndexedEvent]) async throws -> [IndexedEvent] {
        var found: [IndexedEvent] = []
        for start in stride(from: 0, to: events.count, by: Self.payloads) {
            let chunk = events[start..<min(start + Self.payloads, events.count)]
            let payloads = try await reader.payloads(at: chunk.map { $0.payload?.position })
            for (event, payload) in zip(chunk, payloads) {
                if filter.matches(Shown(event: event), payload: filter.payloadResults(payload)) { found.append(event) }
            }
        }
        return found
    }

    /// An event of the index with its times, which `Event` by itself does not have.
    private struct Shown: FilterSubject {
        let event: IndexedEvent

        func value(of field: EventField) -> FieldValue? {
            switch field {
            case .createdAt: .time(event.createdAt)
            case .updatedAt: .time(event.updatedAt)
            default: event.event.value(of: field)
            }
        }

        var filteredSummary: JSONText { event.event.summary }
        var filteredMetadata: JSONText { event.event.metadata }
    }
}
