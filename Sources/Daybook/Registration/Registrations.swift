public import Logging
import LosslessJSON
import Synchronization

/// The registrations of a log: kept in its catalog, so that every server and service sees the same.
public final class Registrations: Sendable {
    public let catalog: StreamCatalog
    /// What is to be tried later, and what was given up; followed while ``run()`` runs and there are registrations.
    public let retries: ParkedDeliveries
    public let deadLetters: ParkedDeliveries
    /// What was sent to webhooks; followed as they are.
    public let deliveries: DeliveryRecords
    /// How many there may be at once.
    public let maximum: Int
    let logger: Logger
    let news: RegistrationNews?

    var log: any EventLog { catalog.log }

    /// - Parameter publisher: publishes what happens to registrations (`dead_letter.created`, `registration.stalled`);
    ///   nil tells nobody.
    public init(
        _ catalog: StreamCatalog, publisher: Publisher? = nil, maximum: Int = 1000,
        logger: Logger = Logger(label: "daybook.registrations")
    ) {
        self.catalog = catalog
        self.maximum = maximum
        news = publisher.map { RegistrationNews(publisher: $0) }
        self.logger = logger
        retries = ParkedDeliveries(catalog.log, catalog.layout.retries, logger: logger)
        deadLetters = ParkedDeliveries(catalog.log, catalog.layout.deadLetters, logger: logger)
        deliveries = DeliveryRecords(catalog.log, catalog.layout.deliveries, logger: logger)
    }

    /// Follows what was put aside, from when there is a registration; until it is cancelled or the log is closed.
    public func run() async throws {
        for await items in catalog.observe(.registration) where !items.isEmpty { break }
        if Task.isCancelled { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [retries] in try await retries.run() }
            group.addTask { [deadLetters] in try await deadLetters.run() }
            group.addTask { [deliveries] in try await deliveries.run() }
            group.addTask {
                for await all in self.observe() { self.deliveries.keep(Set(all.map(\.id))) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: - Reading

    /// All, by name.
    public var all: [Registration] { read(catalog.items(.registration)) }

    public func find(_ name: String) -> Registration? {
        catalog.item(.registration, name).flatMap { read([$0]).first }
    }

    /// - Throws: ``RegistrationError/unknown(_:)``.
    public func get(_ name: String) throws(RegistrationError) -> Registration {
        guard let found = find(name) else { throw .unknown(name) }
        return found
    }

    /// Tells of all registrations, now and whenever one is changed, or what an owner may be given.
    public func observe() -> AsyncStream<[Registration]> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: [Registration].self, bufferingPolicy: .bufferingNewest(1))
        // One task reads, always what there is by then: what two of them read might come in the wrong order.
        let (news, telling) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let changes = Task { [catalog] in
            for await _ in catalog.observe(.registration) { telling.yield() }
            telling.finish()
        }
        let owners = Task { [catalog] in
            for await _ in catalog.keys.observe() { telling.yield() }
        }
        let reading = Task { [catalog, logger] in
            for await _ in news {
                continuation.yield(Self.read(catalog.items(.registration), catalog.keys, logger))
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in
            for task in [changes, owners, reading] { task.cancel() }
        }
        return stream
    }

    /// Tells whether what a registration's owner may be given is still what it was.
    func isCurrent(_ registration: Registration) -> @Sendable () -> Bool {
        guard registration.ownerKey != nil else { return { true } }
        return { [keys = catalog.keys] in keys.standing(of: registration.ownerKey) == registration.standing }
    }

    private func read(_ items: [CatalogItem]) -> [Registration] { Self.read(items, catalog.keys, logger) }

    private static func read(_ items: [CatalogItem], _ keys: KeyRing, _ logger: Logger) -> [Registration] {
        items.compactMap { item in
            do throws(InvalidRegistration) {
                return try Registration(catalogItem: item).owned(in: keys)
            } catch {
                logger.error(
                    "a registration in the catalog cannot be read",
                    metadata: ["name": "\(item.name)", "error": "\(error)"])
                return nil
            }
        }
    }

    /// Writes down what came of sending a delivery somewhere.
    public func note(_ attempt: DeliveryAttempt) {
        guard let registration = find(attempt.registration) else { return }
        deliveries.add(attempt, of: registration.id)
    }

    // MARK: - Changing

    /// Makes a registration. When there is one of its name that asks for the same, that one is returned.
    ///
    /// - Parameter start: where it begins; also decided when it is made, so "latest" is the end of each partition now.
    /// - Throws: ``RegistrationError/conflict(name:difference:)``; ``RegistrationError/invalid(_:)``;
    ///   ``RegistrationError/tooMany(_:)``; ``LogError``.
    @discardableResult
    public func create(_ registration: Registration, from start: StartPoint = .latest) async throws -> Registration {
        do throws(InvalidRegistration) { try registration.validate() } catch { throw RegistrationError.invalid(error) }
        if let known = find(registration.name) { return try known.checked(against: registration) }
        // Not exact, where several servers make the last ones at once: it is there to keep a mistake from growing.
        guard catalog.items(.registration).count < maximum else { throw RegistrationError.tooMany(maximum) }
        var new = registration
        new.starts = try await log.offsets(at: start, in: catalog.historyStreams.flatMap(\.allPartitions))
        let wanted = new
        let item = try await catalog.update(.registration, new.name) { item in
            guard let item else { return wanted.catalogValue }
            // Made by somebody else meanwhile, or by this call when its outcome was unknown.
            _ = try Registration(readable: item).checked(against: wanted)
            return item.value
        }
        guard let item else { throw RegistrationError.unknown(new.name) }
        return try Registration(readable: item).owned(in: catalog.keys)
    }

    /// Changes what a registration asks for: a new filter holds for what comes after the change.
    ///
    /// - Throws: ``RegistrationError``; ``LogError``.
    @discardableResult
    public func change(_ name: String, _ input: RegistrationInput) async throws -> Registration {
        _ = try get(name)
        let ends = try await log.offsets(at: .latest, in: catalog.historyStreams.flatMap(\.allPartitions))
        return try await update(name) { registration in
            if let filter = input.filter, filter != registration.filter {
                registration.filters.append(Registration.FilterVersion(filter: filter, from: ends))
                registration.filters = registration.filters.suffix(Registration.maximumVersions)
            }
            if let on = input.on { registration.on = on }
            if let signals = input.signals { registration.signals = signals }
            if let settings = input.settings { registration.settings = settings }
            if let policy = input.policy { registration.policy = policy }
            do throws(InvalidRegistration) { try registration.validate() } catch {
                throw RegistrationError.invalid(error)
            }
        }
    }

    /// Stops the delivery, for as long as one likes. Members leave within seconds.
    @discardableResult
    public func pause(_ name: String, reason: String? = nil) async throws -> Registration {
        try await update(name) { $0.state = .paused(reason: reason) }
    }

    @discardableResult
    public func resume(_ name: String) async throws -> Registration {
        try await update(name) { $0.state = .running }
    }

    /// Deletes a registration with its positions. Dead letters stay until they are dropped.
    ///
    /// - Throws: ``RegistrationError/unknown(_:)``; ``LogError``.
    public func delete(_ name: String) async throws {
        let registration = try get(name)
        _ = try await catalog.update(.registration, name) { item in
            guard let item, try Registration(readable: item).id != registration.id else { return nil }
            return item.value
        }
        // Members leave once they hear of it; a group that is left over is nobody's, since its name is never used again.
        let prefix = catalog.layout.prefix
        for group in [registration.group(prefix: prefix), registration.signalGroup(prefix: prefix)] {
            do {
                try await log.deleteGroup(group)
            } catch LogError.groupActive {}
        }
    }

    func update(
        _ name: String, _ change: @Sendable (inout Registration) throws -> Void
    ) async throws -> Registration {
        let item = try await catalog.update(.registration, name) { item in
            guard let item else { throw RegistrationError.unknown(name) }
            var registration = try Registration(readable: item)
            try change(&registration)
            return registration.catalogValue
        }
        guard let item else { throw RegistrationError.unknown(name) }
        return try Registration(readable: item).owned(in: catalog.keys)
    }
}

extension Registration {
    /// The same, with what its owner may be given now.
    fileprivate func owned(in keys: KeyRing) -> Registration {
        var registration = self
        registration.standing = keys.standing(of: ownerKey)
        return registration
    }

    fileprivate init(readable item: CatalogItem) throws(RegistrationError) {
        do throws(InvalidRegistration) { try self.init(catalogItem: item) } catch { throw .invalid(error) }
    }

    /// - Throws: ``RegistrationError/conflict(name:difference:)`` when the other one asks for something else.
    func checked(against other: Registration) throws(RegistrationError) -> Registration {
        func differ(_ what: String, _ own: String) -> RegistrationError {
            .conflict(name: name, difference: "another \(what): \(own)")
        }
        // Else somebody could take a registration for its own that delivers what it may not read, or that others own.
        if ownerKey != other.ownerKey { throw .conflict(name: name, difference: "another owner") }
        if filter?.description != other.filter?.description {
            throw differ("filter", filter?.description ?? "none")
        }
        if on != other.on { throw differ("choice of operations", on.map(\.rawValue).sorted().joined(separator: ", ")) }
        if signals != other.signals { throw differ("choice of signals", "\(signals)") }
        if delivery != other.delivery { throw differ("way of delivery", delivery.rawValue) }
        if settings != other.settings { throw differ("set of settings", settings.description) }
        return self
    }
}
