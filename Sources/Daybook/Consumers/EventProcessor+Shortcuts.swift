/// The subscriptions that Taipy's event processor has ready-made, by its names. For other types of entities see
/// ``EventSubscription``.
///
/// Configuration ids are held against the event's metadata (`config_id`) and must be equal. The forms with a loader give the
/// callback the entity as it is found when the event is handled; when it is not there any more, the callback is passed over.
extension EventProcessor {
    // MARK: - Scenario created

    @discardableResult
    public func onScenarioCreated(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (Delivery, _ id: String) async throws -> Void
    ) throws -> EventProcessor {
        try on(.created("scenario", configs: configs), id: id, perform: perform)
    }

    @discardableResult
    public func onScenarioCreated<Entity: Sendable>(
        configs: [String] = [], id: String? = nil, load: @escaping @Sendable (String) async throws -> Entity?,
        perform: @escaping @Sendable (Delivery, Entity) async throws -> Void
    ) throws -> EventProcessor {
        try on(.created("scenario", configs: configs, load: load), id: id, perform: perform)
    }

    @discardableResult
    public func broadcastOnScenarioCreated(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, _ id: String) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.created("scenario", configs: configs), id: id, perform: perform)
    }

    @discardableResult
    public func broadcastOnScenarioCreated<Entity: Sendable>(
        configs: [String] = [], id: String? = nil, load: @escaping @Sendable (String) async throws -> Entity?,
        perform: @escaping @Sendable (any LiveConnection, Delivery, Entity) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.created("scenario", configs: configs, load: load), id: id, perform: perform)
    }

    // MARK: - Scenario deleted

    @discardableResult
    public func onScenarioDeleted(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (Delivery, EntityDeletion) async throws -> Void
    ) throws -> EventProcessor {
        try on(.deleted("scenario", configs: configs), id: id, perform: perform)
    }

    @discardableResult
    public func broadcastOnScenarioDeleted(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, EntityDeletion) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.deleted("scenario", configs: configs), id: id, perform: perform)
    }

    // MARK: - DataNode created

    @discardableResult
    public func onDataNodeCreated(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (Delivery, _ id: String) async throws -> Void
    ) throws -> EventProcessor {
        try on(.created("data_node", configs: configs), id: id, perform: perform)
    }

    @discardableResult
    public func onDataNodeCreated<Entity: Sendable>(
        configs: [String] = [], id: String? = nil, load: @escaping @Sendable (String) async throws -> Entity?,
        perform: @escaping @Sendable (Delivery, Entity) async throws -> Void
    ) throws -> EventProcessor {
        try on(.created("data_node", configs: configs, load: load), id: id, perform: perform)
    }

    @discardableResult
    public func broadcastOnDataNodeCreated(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, _ id: String) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.created("data_node", configs: configs), id: id, perform: perform)
    }

    @discardableResult
    public func broadcastOnDataNodeCreated<Entity: Sendable>(
        configs: [String] = [], id: String? = nil, load: @escaping @Sendable (String) async throws -> Entity?,
        perform: @escaping @Sendable (any LiveConnection, Delivery, Entity) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.created("data_node", configs: configs, load: load), id: id, perform: perform)
    }

    // MARK: - DataNode written

    @discardableResult
    public func onDataNodeWritten(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (Delivery, _ id: String) async throws -> Void
    ) throws -> EventProcessor {
        try on(.written(configs: configs), id: id, perform: perform)
    }

    /// - Parameter read: reads the data, as it is when the event is handled.
    @discardableResult
    public func onDataNodeWritten<Entity: Sendable, Data: Sendable>(
        configs: [String] = [], id: String? = nil, load: @escaping @Sendable (String) async throws -> Entity?,
        read: @escaping @Sendable (Entity) async throws -> Data,
        perform: @escaping @Sendable (Delivery, Entity, Data) async throws -> Void
    ) throws -> EventProcessor {
        try on(EventSubscription<(Entity, Data)>.written(configs: configs, load: load, read: read), id: id) {
            try await perform($0, $1.0, $1.1)
        }
    }

    @discardableResult
    public func broadcastOnDataNodeWritten(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, _ id: String) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.written(configs: configs), id: id, perform: perform)
    }

    /// - Parameter read: reads the data once for all connections, as it is when the event is handled.
    @discardableResult
    public func broadcastOnDataNodeWritten<Entity: Sendable, Data: Sendable>(
        configs: [String] = [], id: String? = nil, load: @escaping @Sendable (String) async throws -> Entity?,
        read: @escaping @Sendable (Entity) async throws -> Data,
        perform: @escaping @Sendable (any LiveConnection, Delivery, Entity, Data) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(EventSubscription<(Entity, Data)>.written(configs: configs, load: load, read: read), id: id) {
            try await perform($0, $1, $2.0, $2.1)
        }
    }

    // MARK: - DataNode deleted

    @discardableResult
    public func onDataNodeDeleted(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (Delivery, EntityDeletion) async throws -> Void
    ) throws -> EventProcessor {
        try on(.deleted("data_node", configs: configs), id: id, perform: perform)
    }

    @discardableResult
    public func broadcastOnDataNodeDeleted(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, EntityDeletion) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.deleted("data_node", configs: configs), id: id, perform: perform)
    }

    // MARK: - Submission finished

    @discardableResult
    public func onSubmissionFinished(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (Delivery, FinishedSubmission) async throws -> Void
    ) throws -> EventProcessor {
        try on(.submissionFinished(configs: configs), id: id, perform: perform)
    }

    /// - Parameter load: finds what was submitted.
    @discardableResult
    public func onSubmissionFinished<Entity: Sendable>(
        configs: [String] = [], id: String? = nil,
        load: @escaping @Sendable (FinishedSubmission) async throws -> Entity?,
        perform: @escaping @Sendable (Delivery, Entity, FinishedSubmission) async throws -> Void
    ) throws -> EventProcessor {
        let subscription = EventSubscription<(Entity, FinishedSubmission)>.submissionFinished(
            configs: configs, load: load)
        return try on(subscription, id: id) { try await perform($0, $1.0, $1.1) }
    }

    @discardableResult
    public func broadcastOnSubmissionFinished(
        configs: [String] = [], id: String? = nil,
        perform: @escaping @Sendable (any LiveConnection, Delivery, FinishedSubmission) async throws -> Void
    ) throws -> EventProcessor {
        try broadcast(.submissionFinished(configs: configs), id: id, perform: perform)
    }

    /// - Parameter load: finds what was submitted, once for all connections.
    @discardableResult
    public func broadcastOnSubmissionFinished<Entity: Sendable>(
        configs: [String] = [], id: String? = nil,
        load: @escaping @Sendable (FinishedSubmission) async throws -> Entity?,
        perform: @escaping @Sendable (any LiveConnection, Delivery, Entity, FinishedSubmission) async throws -> Void
    ) throws -> EventProcessor {
        let subscription = EventSubscription<(Entity, FinishedSubmission)>.submissionFinished(
            configs: configs, load: load)
        return try broadcast(subscription, id: id) { try await perform($0, $1, $2.0, $2.1) }
    }

    // MARK: - Statuses

    /// Runs a callback on each change of a job's status, as Taipy's subscribers of scenarios and sequences have it.
    ///
    /// - Parameters:
    ///   - filter: which jobs: what their events say.
    ///   - parameters: what the callback is given behind the change.
    @discardableResult
    public func onStatusChange<each Parameter: Sendable>(
        _ filter: Filter? = nil, id: String? = nil, with parameters: repeat each Parameter,
        perform: @escaping @Sendable (Delivery, StatusChange, repeat each Parameter) async throws -> Void
    ) throws -> EventProcessor {
        try on(.statusChanges(filter), id: id) { try await perform($0, $1, repeat each parameters) }
    }
}
