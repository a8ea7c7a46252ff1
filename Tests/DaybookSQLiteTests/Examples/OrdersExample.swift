// The README shows what is between the marks, word for word: `DocumentationTests` compares them, `ExampleTests` runs it.

// README begin
import Daybook
import DaybookSQLite

/// Publishes an order, changes it, and tells what happened.
func orders(in directory: String) async throws -> [String] {
    let log = try await SQLiteLog.open(directory: directory)
    let catalog = try await StreamCatalog.open(log: log)
    let publisher = Publisher(catalog: catalog, actor: "shop")

    // Once this returns the event is on the disk. Events with one ordering key keep their order.
    let total = Payload(bytes: Array(#"{"total": 17.50}"#.utf8))
    let order = try await publisher.publish(
        Event(topic: "order.placed", user: "ann", status: .pending, payload: total, orderingKey: "order-1"))

    // A change names only what is new.
    if let reference = order.reference {
        try await publisher.change(reference, EventChange(status: .finished))
    }

    // All or nothing, when the body returns; if it throws, nothing is published.
    try await publisher.transaction { scope in
        scope.publish(Event(topic: "order.invoiced", dependsOn: order.id, orderingKey: "order-1"))
        scope.publish(Event(topic: "mail.sent", dependsOn: order.id))
    }

    // The past again, as often as you like. `batch.resume` is where a later replay goes on.
    var told: [String] = []
    let topics = [TopicPattern("order.*")].compactMap { $0 }
    try await Replay(catalog: catalog, request: .init(topics: topics)).run { batch in
        for stored in batch.records {
            let record = try RecordDecoder.decode(stored.record)
            told.append("\(record.event.topic) \(record.operation), \(record.event.status)")
        }
    }
    try await log.close()
    return told
}
// README end
