/// A record on its way to a handler.
struct DeliveryItem: Sendable {
    var position: Position
    var lane: Lane
    /// As it lies in its stream.
    var record: StoredRecord
    var entry: EventRecord
    /// That of its partition from which it comes; see ``PartitionProgress/assignment``.
    var assignment: Int
    /// How often it was tried.
    var attempts = 0
    /// When it was handed over first.
    var since: ContinuousClock.Instant?
    var firstFailure: Timestamp?
    /// It lies in the retries stream, and its partition's position does not wait for it.
    var isParked = false
    /// It goes alone, since a batch that it was part of failed.
    var isAlone = false

    init(position: Position, record: StoredRecord, entry: EventRecord, assignment: Int = 0) {
        self.position = position
        self.record = record
        self.entry = entry
        self.assignment = assignment
        lane = Lane(position.partition, record.record.key)
    }

    func delivery(of registration: String) -> Delivery {
        Delivery(
            HistoryEntry(position: position, time: record.time, record: entry), attempt: attempts + 1,
            registration: registration)
    }

    func parked(by registration: EventID, at now: Timestamp, notBefore: Timestamp, error: String) -> ParkedDelivery {
        ParkedDelivery(
            registration: registration, position: position, logTime: record.time, attempts: attempts,
            firstFailure: firstFailure, lastFailure: attempts > 0 ? now : nil, notBefore: notBefore, error: error,
            record: record.record)
    }
}
