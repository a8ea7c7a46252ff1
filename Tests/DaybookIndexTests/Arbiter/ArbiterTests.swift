import Daybook
import DaybookTesting
import Logging
import ServiceLifecycle
import Testing

@testable import DaybookIndex

/// Writes that concern a hash, decided in the process or through the log, by one process or several.
@Suite struct ArbiterTests {
    @Test(arguments: ArbiterWay.allCases)
    func `every publisher is told the same event, and the log has it once`(_ way: ArbiterWay) async throws {
        try await withNodes(way) { parts in
            let race = HashRace(hashes: 300)
            let winners = try await race.run(Array(repeating: parts[0].publisher, count: 4))
            try await race.check(winners, in: parts[0].catalog)
        }
    }

    @Test func `several servers share the work, and agree`() async throws {
        try await withNodes(.throughLog, count: 3) { parts in
            let race = HashRace(hashes: 300)
            let winners = try await race.run(parts.map(\.publisher))
            try await race.check(winners, in: parts[0].catalog)
        }
    }

    @Test(arguments: ArbiterWay.allCases)
    func `what was decided is remembered over a restart`(_ way: ArbiterWay) async throws {
        let store = MemoryStore { .now }
        let first = Event(topic: "a.b", hash: "h")
        try await withNodes(way, store: store) { parts in
            _ = try await parts[0].publisher.publish(first)
            let gone = try #require(try await parts[0].publisher.publish(Event(topic: "a.b", hash: "gone")).reference)
            _ = try await parts[0].publisher.delete(gone)
        }
        try await withNodes(way, store: store) { parts in
            let refused = await #expect(throws: PublishError.self) {
                try await parts[0].publisher.publish(Event(topic: "a.c", hash: "h"))
            }
            guard case .duplicate(first.id, _) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            // The same event again, as a publisher sends it that got no answer.
            #expect(try await parts[0].publisher.publish(first).id == first.id)
            _ = try await parts[0].publisher.publish(Event(topic: "a.b", hash: "gone"))
        }
    }

    @Test(arguments: ArbiterWay.allCases)
    func `a server that leaves hands its part over`(_ way: ArbiterWay) async throws {
        guard way == .throughLog else { return }
        let store = MemoryStore { .now }
        try await withNodes(way, store: store) { staying in
            let publisher = staying[0].publisher
            try await withNodes(way, store: store) { leaving in
                let race = HashRace(hashes: 50, topic: "race.both")
                try await race.check(race.run([publisher, leaving[0].publisher]), in: staying[0].catalog)
            }
            let race = HashRace(hashes: 50, topic: "race.alone")
            try await race.check(race.run([publisher]), in: staying[0].catalog)
        }
    }

    /// Runs one node on a log that can be made to fail.
    private func stumbling(
        _ body: @escaping @Sendable (StumblingLog, DaybookNode.Parts) async throws -> Void
    ) async throws {
        let log = StumblingLog(MemoryLog(store: MemoryStore { .now }))
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        var configuration = DaybookNode.Configuration()
        configuration.isShared = true
        let node = DaybookNode(configuration: configuration, logger: quiet) { log }
        let group = ServiceGroup(services: [node], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let parts = try await node.whenOpen()
            do {
                try await body(log, parts)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [LogError.fenced, .outcomeUnknown("lost"), .unavailable("away")])
    func `a decision that cannot be written is made again`(_ error: LogError) async throws {
        try await stumbling { log, parts in
            _ = try await parts.publisher.publish(Event(topic: "a.b", hash: "before"))
            for number in 0..<3 {
                log.failNextTransaction(error)
                let event = Event(topic: "a.b", hash: "h\(number)")
                let published = try await parts.publisher.publish(event)
                let stored = try #require(try await log.records(at: [published.position])[0])
                #expect(try RecordDecoder.decode(stored.record).event.id == event.id)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a server that missed verdicts asks again, and is answered`() async throws {
        try await stumbling { log, parts in
            let event = Event(topic: "a.b", hash: "h")
            log.failNextRead(
                of: parts.catalog.layout.verdicts.name,
                .outOfRange(position: Position(StreamPartition("gone", 0), 0), available: Watermarks(low: 5, end: 9)))
            let failed = await #expect(throws: PublishError.self) { try await parts.publisher.publish(event) }
            guard case .log(.outcomeUnknown) = failed else {
                Issue.record("\(String(describing: failed))")
                return
            }
            let again = try await parts.publisher.publish(event)
            #expect(again.id == event.id)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `who is cancelled takes nobody along whose request goes with it`() async throws {
        let log = StumblingLog(MemoryLog(store: MemoryStore { .now }))
        let catalog = try await StreamCatalog.open(log: log)
        let arbiter = try await DirectArbiter.open(catalog)
        let publisher = Publisher(catalog: catalog, arbiter: arbiter)
        _ = try await publisher.publish(Event(topic: "a.b"))
        let hold = log.holdNextTransaction()
        let first = Task { try await publisher.publish(Event(topic: "a.b", hash: "first")) }
        await hold.reached()
        let others = (0..<3).map { number in
            Task { try await publisher.publish(Event(topic: "a.b", hash: "h\(number)")) }
        }
        while arbiter.waitingCalls < 3 { await Task.yield() }
        // These go together.
        let second = log.holdNextTransaction()
        hold.letGo()
        _ = try await first.value
        await second.reached()
        others[0].cancel()
        await #expect(throws: PublishError.self) { try await others[0].value }
        second.letGo()
        for task in others[1...] {
            let published = try await task.value
            let stored = try await log.records(at: [published.position])[0]
            #expect(stored != nil)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a transaction that nobody waits for any more is given up`() async throws {
        let log = StumblingLog(MemoryLog(store: MemoryStore { .now }))
        let catalog = try await StreamCatalog.open(log: log)
        let publisher = Publisher(catalog: catalog, arbiter: try await DirectArbiter.open(catalog))
        _ = try await publisher.publish(Event(topic: "a.b"))
        let hold = log.holdNextTransaction()
        let first = Task { try await publisher.publish(Event(topic: "a.b", hash: "h")) }
        await hold.reached()
        let next = Task { try await publisher.publish(Event(topic: "a.b", hash: "other")) }
        first.cancel()
        await #expect(throws: PublishError.self) { try await first.value }
        _ = try await next.value
        // It was not decided.
        _ = try await publisher.publish(Event(topic: "a.b", hash: "h"))
    }

    /// Anybody may write to the inbox.
    @Test func `numbers that cannot be reckoned with are refused`() throws {
        let event = Event(topic: "a.b", hash: "h")
        for name in ["window", "lease", "retryDelay"] {
            for value in ["-1", "9223372036854775807"] {
                var record = RecordEncoder.encode(created: event, actor: nil)
                record.key = HashDigest("h").bytes
                let action = name == "window" ? "publish" : "claim"
                record.headers.append(
                    name: "daybook-request",
                    value: Array(#"{"do": "\#(action)", "to": "daybook.a:0", "\#(name)": \#(value)}"#.utf8))
                #expect(throws: InvalidRecord.self) { try InboxRecord.decode(record) }
            }
        }
    }

    /// A stream is in the catalog before anything is meant for it, but a server may hear of it late.
    @Test func `a server decides about a stream that it has not heard of`() async throws {
        let store = MemoryStore { .now }
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        var layout = StreamLayout()
        layout.prefix = uniqueName("late")
        let asking = try await StreamCatalog.open(log: MemoryLog(store: store), layout: layout, logger: quiet)
        try await asking.log.createStreams([layout.inbox, layout.dedup, layout.verdicts])
        // It never follows the catalog.
        let deciding = try await StreamCatalog.open(log: MemoryLog(store: store), layout: layout, logger: quiet)
        let client = try await InboxClient.open(asking, logger: quiet)
        let arbiter = InboxArbiter(deciding, maximumHashes: .max, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await client.run() }
            tasks.addTask { await arbiter.run() }
            let publisher = Publisher(catalog: asking, arbiter: client)
            let event = Event(topic: "brand.new", hash: "h")
            let published = try await publisher.publish(event)
            #expect(published.id == event.id)
            tasks.cancelAll()
        }
    }

    @Test func `a CloudEvent that somebody writes to the inbox is decided, and what is none is passed over`()
        async throws
    {
        let store = MemoryStore { .now }
        try await withNodes(.throughLog, store: store) { parts in
            let digest = HashDigest("foreign")
            let inbox = StreamPartition(
                parts[0].catalog.layout.inbox.name, StreamLayout.arbiterPartition(of: digest))
            var headers = RecordHeaders()
            for (name, value) in [
                ("ce_specversion", "1.0"), ("ce_id", "42"), ("ce_source", "/elsewhere"), ("ce_type", "foreign.event"),
                ("ce_hash", "foreign"),
            ] {
                headers.append(name: name, value: Array(value.utf8))
            }
            var odd = headers
            odd.append(name: "daybook-request", value: Array("{".utf8))
            let records = [
                Record(key: digest.bytes, value: Array("{}".utf8), headers: odd), Record(key: nil, value: nil),
                Record(key: digest.bytes, value: Array("{}".utf8), headers: headers),
            ]
            for outcome in await parts[0].log.append(records.map { NewRecord(inbox, $0) }) { _ = try outcome.get() }
            // A request of ours for the same hash comes behind it.
            let refused = await #expect(throws: PublishError.self) {
                try await parts[0].publisher.publish(Event(topic: "a.b", hash: "foreign"))
            }
            guard case .duplicate(let id, let created) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            let stored = try #require(try await parts[0].log.records(at: [created])[0])
            let event = try RecordDecoder.decode(stored.record).event
            #expect(event.id == id && event.topic == "foreign.event" && event.sender == "/elsewhere")
        }
    }

    @Test(arguments: ArbiterWay.allCases)
    func `a record that the log cannot take is refused by itself`(_ way: ArbiterWay) async throws {
        try await withNodes(way, store: MemoryStore(maximumRecordBytes: 20_000) { .now }) { parts in
            let large = Event(topic: "a.b", hash: "large", payload: Payload(bytes: Array(repeating: 32, count: 19_000)))
            let events = [Event(topic: "a.b", hash: "1"), large, Event(topic: "a.b", hash: "2")]
            let results = await parts[0].publisher.publish(events)
            #expect(results.map { (try? $0.get()) != nil } == [true, true, true])
            let tooLarge = Event(
                topic: "a.b", hash: "larger", payload: Payload(bytes: Array(repeating: 32, count: 20_500)))
            let more = await parts[0].publisher.publish([Event(topic: "a.b", hash: "3"), tooLarge])
            #expect((try? more[1].get()) == nil)
            _ = try await parts[0].publisher.publish(Event(topic: "a.b", hash: "4"))
        }
    }

    @Test func `requests and verdicts read back as they were written`() throws {
        let event = Event(topic: "a.b", hash: "h", payload: Payload(bytes: Array("{}".utf8)), orderingKey: "k")
        let record = RecordEncoder.encode(created: event, actor: "ann")
        let target = StreamPartition("daybook.a", 3)
        let actions: [HashRequest.Action] = [
            .publish(HashTerms()), .publish(HashTerms(window: .seconds(60), bodyDigest: .max)), .reuse(HashTerms()),
            .change, .delete,
            .claim(ClaimTerms(maximumRetries: 5, lease: .seconds(30), retryDelay: .seconds(2))),
        ]
        for action in actions {
            var request = HashRequest(
                action, hash: "h", event: event.id, record: record, target: target,
                holder: Holder("ann", workerID: "w"), status: .failed, retries: 2)
            request.mayBeForgotten = action == .change
            let asker = InboxRecord.Asker(name: "me", partition: 1, number: 7)
            let read = try InboxRecord.decode(InboxRecord.encode(request, for: asker))
            #expect(read.request == request && read.asker == asker)
        }
        let position = Position(target, 9)
        let verdicts: [Verdict] = [
            .done(position), .repeated(position), .duplicate(of: event.id, created: position), .keyReused(event.id),
            .notFound, .held(by: nil), .held(by: Holder("a \"b\"")), .held(by: Holder("a", workerID: "")),
            .granted(GrantedJob(event: event.id, position: position, status: .pending, retries: 3, isNew: true)),
            .lost(.resting, job: event.id), .full, .invalid("no"),
        ]
        let answers = verdicts.enumerated().map { (number: Int64($0), verdict: $1) }
        let read = try VerdictRecord.decode(VerdictRecord.encode(answers, to: "me"))
        #expect(read.map(\.verdict) == verdicts && read.map(\.number) == answers.map(\.number))
    }
}
