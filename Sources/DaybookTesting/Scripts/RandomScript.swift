public import Daybook
import LosslessJSON

/// A random run of writes that is the same for a seed on every log: creations, changes, deletions, signals, atomic
/// batches (some of which fail), foreign CloudEvents, and records that are no events.
///
/// Ids, times and texts come from the seed; so two logs that ran the same script hold the same events, up to log
/// times and offsets. That is what a comparison of two backends rests on.
public struct RandomScript: Sendable {
    public let seed: UInt64
    public let steps: Int

    public init(seed: UInt64, steps: Int = 200) {
        self.seed = seed
        self.steps = steps
    }

    /// Runs the script.
    public func run(on catalog: StreamCatalog) async throws {
        let publisher = Publisher(catalog: catalog, actor: "script")
        var run = ScriptRun(generator: SeededGenerator(seed: seed), publisher: publisher)
        for step in 0..<steps { try await run.step(step) }
        await publisher.close()
    }
}

private struct ScriptRun {
    var generator: SeededGenerator
    let publisher: Publisher
    /// The events that are live, in the order they were made.
    var live: [EventReference] = []

    mutating func step(_ number: Int) async throws {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<40: try await create(count: Int.random(in: 1...5, using: &generator), step: number)
        case 40..<70: try await change()
        case 70..<78: try await delete()
        case 78..<84: try await atomicBatch(step: number)
        case 84..<88: try await failingBatch(step: number)
        case 88..<94: try await foreign(step: number)
        case 94..<97: try await signal(step: number)
        default: try await garbage()
        }
    }

    private mutating func create(count: Int, step: Int) async throws {
        let events = (0..<count).map { event("\(step)/\($0)") }
        for result in await publisher.publish(events) { keep(try result.get()) }
    }

    private mutating func change() async throws {
        guard let at = live.indices.randomElement(using: &generator) else { return }
        var change = EventChange()
        if Bool.random(using: &generator) {
            change = EventChange(status: EventStatus.allCases.randomElement(using: &generator))
        }
        if Bool.random(using: &generator) { change.description = word() }
        if Int.random(in: 0..<4, using: &generator) == 0 { change.payload = payload() }
        if Int.random(in: 0..<4, using: &generator) == 0 { change.project = word() }
        if Int.random(in: 0..<4, using: &generator) == 0 { change.summary = summary() }
        if change.fields.isEmpty || change.isProgressOnly { change.retries = Int.random(in: 0..<5, using: &generator) }
        if let reference = try await publisher.change(live[at], change).reference { live[at] = reference }
    }

    private mutating func delete() async throws {
        guard let at = live.indices.randomElement(using: &generator) else { return }
        try await publisher.delete(live.remove(at: at))
    }

    private mutating func atomicBatch(step: Int) async throws {
        let first = event("\(step)/a")
        let second = event("\(step)/b")
        let published = try await publisher.transaction { scope in
            scope.publish(first)
            scope.publish(second)
        }.published
        for one in published { keep(one) }
    }

    /// A batch whose last item is refused: nothing of it may ever show.
    private mutating func failingBatch(step: Int) async throws {
        let good = event("\(step)/good")
        var bad = event("\(step)/bad")
        bad.topic = "no topic"
        let refused = bad
        _ = try? await publisher.transaction { scope in
            scope.publish(good)
            scope.publish(refused)
        }
    }

    private mutating func foreign(step: Int) async throws {
        var headers = RecordHeaders()
        headers.append("ce_specversion", "1.0")
        headers.append("ce_id", "foreign-\(step)-\(generator.next())")
        headers.append("ce_source", "https://example.org/\(word())")
        headers.append("ce_type", "foreign.\(word())")
        headers.append("ce_time", time().description)
        headers.append("content-type", "text/plain")
        try await append(Record(key: Array("k".utf8), value: Array(word().utf8), headers: headers))
    }

    private mutating func signal(step: Int) async throws {
        _ = try await publisher.write([.signal(event("\(step)/signal"))])[0].get()
    }

    /// What is no CloudEvent at all: counted, and nothing else.
    private mutating func garbage() async throws {
        var headers = RecordHeaders()
        headers.append("x-unrelated", word())
        try await append(Record(key: nil, value: Array(word().utf8), headers: headers))
    }

    private mutating func append(_ record: Record) async throws {
        let stream = try await publisher.catalog.stream(forTopic: "foreign.any")
        let partition = Int32.random(in: 0..<stream.partitions, using: &generator)
        let new = NewRecord(StreamPartition(stream.name, partition), record)
        _ = try await publisher.catalog.log.append([new])[0].get()
    }

    private mutating func keep(_ published: Published) {
        if let reference = published.reference { live.append(reference) }
    }

    private mutating func event(_ name: String) -> Event {
        var event = Event(
            topic:
                "\(["entity.task", "git.commit", "log", "job.run"][Int.random(in: 0..<4, using: &generator)]).\(word())",
            id: EventID(high: (generator.next() & ~0xF000) | 0x7000, low: generator.next() >> 2 | 1 << 63),
            sender: Bool.random(using: &generator) ? "sender \(word())" : nil, project: word(),
            dependsOn: Int.random(in: 0..<5, using: &generator) == 0
                ? live.randomElement(using: &generator)?.event.id : nil,
            status: EventStatus.allCases.randomElement(using: &generator) ?? .finished, description: name,
            summary: summary(), payload: Bool.random(using: &generator) ? payload() : nil, createdAt: time(),
            severity: Severity.allCases.randomElement(using: &generator) ?? .error)
        if Int.random(in: 0..<4, using: &generator) == 0 { event.orderingKey = word() }
        if Int.random(in: 0..<4, using: &generator) == 0 { event.user = word() }
        return event
    }

    private mutating func payload() -> Payload {
        Int.random(in: 0..<5, using: &generator) == 0
            ? Payload(contentType: "application/octet-stream", bytes: [])
            : Payload(bytes: Array(#"{"n":\#(generator.next() % 1000)}"#.utf8))
    }

    private mutating func summary() -> JSONText {
        JSONText(trusting: Array(#"{"count":\#(generator.next() % 100),"word":"\#(word())"}"#.utf8))
    }

    private mutating func time() -> Timestamp {
        Timestamp(microseconds: 1_700_000_000_000_000 + Int64(generator.next() % 1_000_000_000_000))
    }

    private mutating func word() -> String {
        ["alpha", "beta", "gamma", "delta", "épsilon", "zeta"][Int.random(in: 0..<6, using: &generator)]
            .filter { $0.isASCII }
    }
}
