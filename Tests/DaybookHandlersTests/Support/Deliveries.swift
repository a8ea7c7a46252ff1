import Daybook
import LosslessJSON

extension Delivery {
    /// A delivery of an event's creation, at log time 1 s.
    static func created(_ event: Event, offset: Int64 = 0, registration: String = "test") -> Delivery {
        let record = EventRecord(operation: .created, recordID: event.id.description, event: event)
        let position = Position(StreamPartition("daybook.test", 0), offset)
        return Delivery(
            HistoryEntry(position: position, time: Timestamp(milliseconds: 1000), record: record),
            registration: registration)
    }
}

extension Event {
    /// An event with a JSON payload, that happened at a time.
    static func sample(
        _ topic: String = "session.ended", sender: String? = "sshd", payload: String? = nil, milliseconds: Int64? = 0
    ) -> Event {
        Event(
            topic: topic, sender: sender, payload: payload.map { Payload(bytes: Array($0.utf8)) },
            createdAt: milliseconds.map { Timestamp(milliseconds: $0) })
    }
}
