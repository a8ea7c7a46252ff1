public import Logging
import LosslessJSON
import Synchronization

/// The history streams that exist and which topics they hold: kept in the log's own catalog stream, so that every
/// server agrees.
///
/// A topic's stream comes from the first rule that matches, or else from its first segment (its family). A family's
/// stream is made when its first event comes, and written to the catalog before anything is written to it.
public final class StreamCatalog: Sendable {
    public let log: any EventLog
    public let layout: StreamLayout
    /// What is known of topics.
    public let topics: TopicCatalog
    public let keys: KeyRing
    private let logger: Logger
    private let state = Mutex(State())
    /// One creation at a time in this process; other processes are told apart by the catalog.
    private let creation = AsyncGate()
    /// One update of an item at a time in this process, so that its tasks do not fence each other.
    let updating = AsyncGate()

    private struct State {
        /// Every history stream by its full name.
        var streams: [String: StreamSpecification] = [:]
        /// Topics already mapped, so that rules are tried once per topic. Bounded, since publishers make topics up.
        var byTopic: [String: StreamSpecification] = [:]
        var nextOffset: Int64 = 0
        var observers: [Int: AsyncStream<[StreamSpecification]>.Continuation] = [:]
        var nextObserver = 0
        var items = CatalogItems()
    }

    private init(log: any EventLog, layout: StreamLayout, topics: [TopicEntry], logger: Logger) {
        self.log = log
        self.layout = layout
        self.topics = TopicCatalog(configured: topics, logger: logger)
        keys = KeyRing(logger: logger)
        self.logger = logger
    }

    /// Creates the streams that every log has, reads the catalog, and checks that this server's layout and the log
    /// agree.
    ///
    /// - Parameter topics: the configuration's entries of the topic catalogue.
    /// - Throws: ``LogError``; ``LayoutConflict`` when a stream is in use with another number of partitions than this
    ///   server's layout, or than the log really has.
    public static func open(
        log: any EventLog, layout: StreamLayout = StreamLayout(), topics: [TopicEntry] = [],
        logger: Logger = Logger(label: "daybook.catalog")
    ) async throws -> StreamCatalog {
        try layout.validate()
        let catalog = StreamCatalog(log: log, layout: layout, topics: topics, logger: logger)
        try await log.createStreams([layout.catalog, layout.signals])
        try await catalog.refresh()
        try await catalog.check()
        for rule in layout.rules { _ = try await catalog.ensure(catalog.specification(of: rule)) }
        return catalog
    }

    /// The history streams known now, by name.
    public var historyStreams: [StreamSpecification] {
        state.withLock { $0.streams.values.sorted { $0.name < $1.name } }
    }

    /// The partitions of a history or signals stream; nil for one that is neither.
    public func specification(named name: String) -> StreamSpecification? {
        name == layout.signals.name ? layout.signals : state.withLock { $0.streams[name] }
    }

    /// The same, also of a stream that another server made a moment ago and that this one has not heard of.
    public func currentSpecification(named name: String) async throws -> StreamSpecification? {
        if let known = specification(named: name) { return known }
        try await refresh()
        return specification(named: name)
    }

    /// The stream of a topic, if it exists already.
    public func existingStream(forTopic topic: String) -> StreamSpecification? {
        state.withLock { state in
            if let known = state.byTopic[topic] { return known }
            guard let stream = state.streams[streamName(forTopic: topic, among: state.streams)] else { return nil }
            if state.byTopic.count >= 10_000 { state.byTopic.removeAll(keepingCapacity: true) }
            state.byTopic[topic] = stream
            return stream
        }
    }

    /// The stream of a topic; made when it does not exist yet.
    public func stream(forTopic topic: String) async throws -> StreamSpecification {
        if let known = existingStream(forTopic: topic) { return known }
        try await refresh()
        if let known = existingStream(forTopic: topic) { return known }
        if let rule = layout.rules.first(where: { $0.pattern.matches(topic) }) {
            return try await ensure(specification(of: rule))
        }
        let name = state.withLock { streamName(forTopic: topic, among: $0.streams) }
        return try await ensure(StreamSpecification(name: name, partitions: layout.partitions))
    }

    /// Tells of all history streams, now and whenever one is added.
    public func observe() -> AsyncStream<[StreamSpecification]> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: [StreamSpecification].self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextObserver += 1
            state.observers[state.nextObserver] = continuation
            continuation.yield(state.streams.values.sorted { $0.name < $1.name })
            return state.nextObserver
        }
        // Later: who is cancelled is locked by its canceller, who runs this, while who tells holds our lock and waits for its.
        continuation.onTermination = { [weak self] _ in
            Task { _ = self?.state.withLock { $0.observers.removeValue(forKey: id) } }
        }
        return stream
    }

    /// Follows the catalog, so that streams made by other servers become known; returns when cancelled.
    public func follow() async throws {
        while true {
            let from = state.withLock { $0.nextOffset }
            do {
                let reader = try await log.reader(from: [StreamPartition(layout.catalog.name, 0): from])
                do {
                    while true { apply(try await reader.next(maximum: 1000)) }
                } catch {
                    await reader.close()
                    throw error
                }
            } catch is CancellationError {
                return
            } catch LogError.closed {
                return
            } catch {
                logger.warning("the catalog cannot be followed; trying again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    // MARK: - Reading

    func withItems<Result>(_ body: (inout CatalogItems) -> Result) -> Result {
        state.withLock { body(&$0.items) }
    }

    /// Reads until a record that was acknowledged shows. An open transaction before it, another server's, may hold it back.
    func refresh(past offset: Int64) async throws {
        let start = ContinuousClock.now
        while true {
            try await refresh()
            if state.withLock({ $0.nextOffset }) > offset { return }
            guard start.duration(to: .now) < .seconds(15) else {
                throw LogError.unavailable("what was written to the catalog does not show")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Reads to the present end.
    func refresh() async throws {
        let partition = StreamPartition(layout.catalog.name, 0)
        let marks = try await log.watermarks(of: [partition])
        guard let range = marks[partition] else { return }
        let from = max(state.withLock { $0.nextOffset }, range.low)
        guard from < range.end else { return }
        let reader = try await log.reader(from: [partition: from])
        do {
            var batch: RecordBatch
            repeat {
                batch = try await reader.next(maximum: 1000)
                apply(batch)
            } while batch.nextOffset < range.end
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }

    private func apply(_ batch: RecordBatch) {
        var added = false
        state.withLock { state in
            var changed: Set<CatalogKind> = []
            // Two readers may be under way: what one of them has brought, the other must not bring again, or an item
            // would for a while be what it was.
            for stored in batch.records where stored.offset >= state.nextOffset {
                if let kind = state.items.apply(stored) { changed.insert(kind) }
                guard let entry = CatalogEntry(stored.record) else { continue }
                if state.streams[entry.stream.name] == nil { added = true }
                state.streams[entry.stream.name] = entry.stream
            }
            state.nextOffset = max(state.nextOffset, batch.nextOffset)
            if !changed.isEmpty { state.items.tell(changed) }
            if changed.contains(.topic) { topics.set(state.items.all(.topic)) }
            if changed.contains(.key) { keys.set(state.items.all(.key)) }
            guard added else { return }
            state.byTopic.removeAll()
            let all = state.streams.values.sorted { $0.name < $1.name }
            for observer in state.observers.values { observer.yield(all) }
        }
    }

    private func check() async throws {
        let actual = try await log.streams()
        for stream in historyStreams {
            guard let real = actual[stream.name] else {
                throw LayoutConflict(
                    "the catalog names stream \(stream.name), which the log does not have: it was deleted, or this is another"
                        + " log; restore it, or choose another prefix")
            }
            guard real.partitions == stream.partitions else {
                throw LayoutConflict(
                    "stream \(stream.name) was made with \(stream.partitions) partitions and now has \(real.partitions):"
                        + " events would be looked for in the wrong place; set the number back, or choose another prefix"
                )
            }
        }
        for rule in layout.rules {
            let wanted = specification(of: rule)
            guard let known = specification(named: wanted.name), rule.partitions != nil else { continue }
            guard known.partitions == wanted.partitions else {
                throw LayoutConflict(
                    "the rule for \(rule.pattern) asks for \(wanted.partitions) partitions, but stream \(wanted.name) has"
                        + " \(known.partitions) already; change the rule")
            }
        }
    }

    // MARK: - Mapping

    private func specification(of rule: StreamRule) -> StreamSpecification {
        StreamSpecification(
            name: "\(layout.prefix).\(rule.stream)", partitions: rule.partitions ?? layout.partitions,
            cleanup: .delete(retention: rule.retention))
    }

    private func streamName(forTopic topic: String, among streams: [String: StreamSpecification]) -> String {
        if let rule = layout.rules.first(where: { $0.pattern.matches(topic) }) {
            return "\(layout.prefix).\(rule.stream)"
        }
        let other = "\(layout.prefix).other"
        let family = Topic.family(of: topic)
        if StreamLayout.reservedNames.contains(family) || family.utf8.count > 150 { return other }
        // A family that has a stream keeps it; the bound is for new ones only.
        let own = "\(layout.prefix).\(family)"
        return streams[own] != nil || families(among: streams) < layout.maximumFamilies ? own : other
    }

    /// How many streams the default rule has made.
    private func families(among streams: [String: StreamSpecification]) -> Int {
        let others = Set(layout.rules.map { "\(layout.prefix).\($0.stream)" } + ["\(layout.prefix).other"])
        return streams.keys.count { !others.contains($0) }
    }

    /// Makes a stream and writes it to the catalog, unless it is known. The catalog comes last: what it names exists.
    private func ensure(_ wanted: StreamSpecification) async throws -> StreamSpecification {
        try await creation.withLock { [self] in
            if let known = specification(named: wanted.name) { return known }
            try await log.createStreams([wanted])
            let record = NewRecord(StreamPartition(layout.catalog.name, 0), CatalogEntry(stream: wanted).record)
            let appended = try await log.append([record])[0].get()
            try await refresh(past: appended.position.offset)
            guard let stream = specification(named: wanted.name) else {
                throw LogError.unavailable("stream \(wanted.name) was written to the catalog and is not there yet")
            }
            return stream
        }
    }
}

/// This server's layout and the log do not go together. Nothing was changed.
public struct LayoutConflict: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
