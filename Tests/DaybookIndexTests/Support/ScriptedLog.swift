import Daybook
import DaybookTesting
import LosslessJSON

/// A random history, the same for the same seed: several partitions of two streams with everything that may come, also what
/// should not (repeated ids, changes of what is not there, nonsense, other people's events).
struct ScriptedLog {
    var partitions: [StreamPartition]
    var batches: [StreamPartition: [RecordBatch]] = [:]
    var ids: [EventID] = []
    private var generator: SeededGenerator
    private var offsets: [StreamPartition: Int64] = [:]
    private var times: [StreamPartition: Int64] = [:]
    private var live: [StreamPartition: [EventReference]] = [:]

    static let topics = [
        "entity.folder.created", "entity.task.name_changed", "git.commit", "job.run", "a.b-c_d", "log.info",
    ]
    static let projects: [String?] = [nil, "demo", "Über", "pipeline", ""]
    static let users: [String?] = [nil, "ann", "Bob", "ΣΊΣΥΦΟΣ", "carol smith"]
    static let senders: [String?] = [nil, "worker-1", "host/process 7%", "ünïcode"]
    static let descriptions = [
        "", "Folder created", "Render of shot 010 is done", "ÄPFEL und Birnen", "line with \"quotes\" and \\",
    ]

    init(seed: UInt64, records: Int, partitions count: Int = 5) {
        generator = SeededGenerator(seed: seed)
        partitions = (0..<count).map { StreamPartition($0 % 2 == 0 ? "test.b" : "test.a", Int32($0 / 2)) }
        for partition in partitions {
            offsets[partition] = Int64.random(in: 0..<100, using: &generator)
            times[partition] = 1_700_000_000_000_000
        }
        var pending: [StreamPartition: [StoredRecord]] = [:]
        for _ in 0..<records {
            let partition = generator.pick(partitions)
            pending[partition, default: []].append(store(randomRecord(in: partition), in: partition))
            if generator.chance(0.1) { flush(partition, &pending) }
        }
        for partition in partitions { flush(partition, &pending) }
    }

    private mutating func store(_ record: Record, in partition: StreamPartition) -> StoredRecord {
        let offset = offsets[partition, default: 0]
        // Gaps, as transaction markers leave them, and equal times.
        offsets[partition] = offset + (generator.chance(0.1) ? 2 : 1)
        times[partition, default: 0] += Int64.random(in: 0..<3, using: &generator)
        return StoredRecord(offset: offset, time: Timestamp(microseconds: times[partition] ?? 0), record: record)
    }

    private mutating func flush(_ partition: StreamPartition, _ pending: inout [StreamPartition: [StoredRecord]]) {
        let next = offsets[partition] ?? 0
        batches[partition, default: []].append(
            RecordBatch(partition: partition, records: pending[partition] ?? [], nextOffset: next, end: next))
        pending[partition] = nil
    }

    private mutating func randomRecord(in partition: StreamPartition) -> Record {
        let known = live[partition] ?? []
        switch Double.random(in: 0..<1, using: &generator) {
        case ..<0.03: return nonsense()
        case ..<0.08: return foreign()
        case ..<0.55: return created(in: partition)
        case ..<0.9:
            guard let reference = known.isEmpty ? nil : generator.pick(known) else { return created(in: partition) }
            return changed(reference)
        default:
            guard !known.isEmpty else { return created(in: partition) }
            let at = Int.random(in: 0..<known.count, using: &generator)
            let reference = known[at]
            // Now and then it is changed again after its deletion.
            if generator.chance(0.8) { live[partition]?.remove(at: at) }
            return RecordEncoder.encode(
                EventRecord(operation: .deleted, recordID: "\(reference.event.id).9", event: reference.event))
        }
    }

    private mutating func created(in partition: StreamPartition) -> Record {
        var event = randomEvent()
        // Now and then an id that exists already, here or in another partition.
        if generator.chance(0.1), !ids.isEmpty { event.id = generator.pick(ids) }
        ids.append(event.id)
        let position = Position(partition, offsets[partition] ?? 0)
        live[partition, default: []].append(EventReference(event: event, created: position, last: position))
        return RecordEncoder.encode(
            EventRecord(
                operation: .created, recordID: event.id.description, event: event,
                actor: generator.chance(0.5) ? "actor-\(Int.random(in: 0..<3, using: &generator))" : nil))
    }

    private mutating func randomEvent() -> Event {
        let id = EventID(high: generator.next(), low: generator.next())
        var event = Event(topic: generator.pick(Self.topics), id: id)
        event.status = generator.pick(EventStatus.allCases)
        event.progress = Double(Int.random(in: 0...200, using: &generator)) / 2
        event.retries = generator.chance(0.1) ? Int.random(in: 0..<70_000, using: &generator) : 0
        event.project = generator.pick(Self.projects)
        event.user = generator.pick(Self.users)
        event.sender = generator.pick(Self.senders)
        event.senderType = generator.pick([nil, nil, "worker"])
        event.description = generator.pick(Self.descriptions)
        if generator.chance(0.3) { event.hash = "hash-\(Int.random(in: 0..<20, using: &generator))" }
        if generator.chance(0.4), !ids.isEmpty { event.dependsOn = generator.pick(ids) }
        if generator.chance(0.5) { event.summary = json(#"{"n":\#(Int.random(in: 0..<9, using: &generator))}"#) }
        if generator.chance(0.3) {
            let seconds = Int64.random(in: -50...50, using: &generator)
            event.createdAt = Timestamp(microseconds: 1_700_000_000_000_000 + seconds * 10)
        }
        if generator.chance(0.4) {
            event.payload = Payload(
                contentType: generator.pick([Payload.json, "text/plain"]), bytes: generator.chance(0.2) ? [] : [49])
        }
        event.severity = generator.pick(Severity.allCases)
        event.kind = generator.pick(EventKind.allCases)
        if generator.chance(0.3) {
            event.entity = EntityChange(
                type: "folder", id: "f1", operation: generator.pick(EntityOperation.allCases + [nil]),
                attributeName: "name", attributeValue: json("[1,2]"))
            event.metadata = json(#"{"a":1}"#)
            event.orderingKey = "key"
            event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        }
        return event
    }

    private func json(_ text: String) -> JSONText { JSONText(trusting: Array(text.utf8)) }

    private mutating func changed(_ reference: EventReference) -> Record {
        let other = randomEvent()
        var change = EventChange()
        if generator.chance(0.5) { change.status = other.status }
        if generator.chance(0.5) { change.progress = other.progress }
        if generator.chance(0.2) { change.retries = other.retries }
        if generator.chance(0.2) { change.sender = other.sender }
        if generator.chance(0.2) { change.senderType = other.senderType }
        if generator.chance(0.2) { change.project = other.project }
        if generator.chance(0.2) { change.user = other.user }
        if generator.chance(0.3) { change.description = other.description }
        if generator.chance(0.3) { change.summary = other.summary }
        if generator.chance(0.2) { change.payload = other.payload }
        var event = reference.event
        change.apply(to: &event)
        return RecordEncoder.encode(
            EventRecord(
                operation: .changed, recordID: "\(event.id).1", event: event, changes: change.fields,
                actor: generator.chance(0.5) ? "changer" : nil))
    }

    private mutating func foreign() -> Record {
        var headers = RecordHeaders()
        headers.append("ce_specversion", "1.0")
        headers.append("ce_id", "foreign-\(Int.random(in: 0..<30, using: &generator))")
        headers.append("ce_source", generator.pick(["/one", "urn:two%20"]))
        headers.append("ce_type", generator.pick(Self.topics))
        if generator.chance(0.5) { headers.append("ce_summary", #" { "x" : [ 1 , 2 ] } "#) }
        if generator.chance(0.5) { headers.append("ce_status", "pending") }
        if generator.chance(0.3) { headers.append("ce_time", "2023-11-14T22:13:20Z") }
        if generator.chance(0.2) {
            let number = Int.random(in: 0..<9, using: &generator)
            let value =
                #"{"specversion":"1.0","id":"s-\#(number)","source":"/s","type":"entity.task.renamed","data":{}}"#
            var structured = RecordHeaders()
            structured.append("content-type", "application/cloudevents+json; charset=utf-8")
            return Record(value: Array(value.utf8), headers: structured)
        }
        return Record(value: generator.chance(0.5) ? [1] : nil, headers: headers)
    }

    private mutating func nonsense() -> Record {
        var headers = RecordHeaders()
        headers.append("ce_specversion", generator.pick(["1.0", "2.0"]))
        headers.append("ce_id", generator.pick(["", "x"]))
        headers.append("ce_source", "/nonsense")
        headers.append("ce_type", generator.pick(["no topic", "..", "git.commit"]))
        headers.append("ce_progress", generator.pick(["101", "-1", "nan", "many"]))
        return generator.chance(0.2) ? Record(headers: RecordHeaders(trusting: [9, 0, 1])) : Record(headers: headers)
    }

    /// All batches, those of each partition in their order, the partitions mixed.
    func shuffled(seed: UInt64) -> [RecordBatch] {
        var generator = SeededGenerator(seed: seed)
        var rest = partitions.map { batches[$0] ?? [] }
        var mixed: [RecordBatch] = []
        while true {
            let open = rest.indices.filter { !rest[$0].isEmpty }
            guard !open.isEmpty else { return mixed }
            mixed.append(rest[generator.pick(open)].removeFirst())
        }
    }
}
