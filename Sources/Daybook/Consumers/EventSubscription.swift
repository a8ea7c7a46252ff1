/// What a callback is told of: which events, and what is made of each before the callback sees it.
public struct EventSubscription<Value: Sendable>: Sendable {
    public var match: EventMatch
    /// Makes of a delivery that matches what the callback is given; nil passes it over. What it throws counts as the
    /// callback's.
    public var load: @Sendable (Delivery) async throws -> Value?

    public init(_ match: EventMatch, load: @escaping @Sendable (Delivery) async throws -> Value?) {
        self.match = match
        self.load = load
    }
}

// MARK: - Entities

extension EventSubscription {
    /// Entities of a type that were created, each as the loader finds it now; one that is not there any more is passed
    /// over.
    public static func created(
        _ type: String, configs: [String] = [], load: @escaping @Sendable (String) async throws -> Value?
    ) -> Self {
        entities(EventMatch(entityType: type, operation: .creation, configs: configs), load)
    }

    /// Updates of an attribute of entities, each entity as the loader finds it now.
    public static func updated(
        _ type: String, attribute: String, configs: [String] = [],
        load: @escaping @Sendable (String) async throws -> Value?
    ) -> Self {
        entities(
            EventMatch(entityType: type, operation: .update, attributeName: attribute, configs: configs), load)
    }

    private static func entities(
        _ match: EventMatch, _ load: @escaping @Sendable (String) async throws -> Value?
    ) -> Self {
        Self(match) { delivery in
            guard let id = delivery.event.entity.id else { return nil }
            return try await load(id)
        }
    }

    /// Data that was written: the entity and its data as they are found now, when the event is handled.
    ///
    /// - Parameter read: not called for an entity that is not there any more.
    public static func written<Entity: Sendable, Data: Sendable>(
        _ type: String = "data_node", configs: [String] = [],
        load: @escaping @Sendable (String) async throws -> Entity?,
        read: @escaping @Sendable (Entity) async throws -> Data
    ) -> Self where Value == (Entity, Data) {
        updated(type, attribute: "last_edit_date", configs: configs) { id in
            guard let entity = try await load(id) else { return nil }
            return (entity, try await read(entity))
        }
    }
}

extension EventSubscription where Value == String {
    /// The ids of entities of a type that were created.
    public static func created(_ type: String, configs: [String] = []) -> Self {
        created(type, configs: configs) { $0 }
    }

    /// The ids of entities of which an attribute was updated.
    public static func updated(_ type: String, attribute: String, configs: [String] = []) -> Self {
        updated(type, attribute: attribute, configs: configs) { $0 }
    }

    /// The ids of data nodes that were written.
    public static func written(_ type: String = "data_node", configs: [String] = []) -> Self {
        updated(type, attribute: "last_edit_date", configs: configs)
    }
}

extension EventSubscription where Value == EntityDeletion {
    /// Entities of a type that were deleted, one by one or many at once. With configuration ids: those deletions whose
    /// metadata has one of them.
    public static func deleted(_ type: String, configs: [String] = []) -> Self {
        Self(EventMatch(entityType: type, operation: .deletion, configs: configs)) { EntityDeletion($0.event) }
    }
}

// MARK: - Submissions and statuses

extension EventSubscription {
    /// Submissions that came to their end, with what was submitted as the loader finds it now. With configuration ids: of
    /// what has one of them; a sequence has none.
    public static func submissionFinished<Entity: Sendable>(
        configs: [String] = [], load: @escaping @Sendable (FinishedSubmission) async throws -> Entity?
    ) -> Self where Value == (Entity, FinishedSubmission) {
        Self(.submissionStatus(configs)) { delivery in
            guard let submission = FinishedSubmission(delivery.event), let entity = try await load(submission) else {
                return nil
            }
            return (entity, submission)
        }
    }
}

extension EventSubscription where Value == FinishedSubmission {
    /// Submissions that came to their end.
    public static func submissionFinished(configs: [String] = []) -> Self {
        Self(.submissionStatus(configs)) { FinishedSubmission($0.event) }
    }
}

extension EventSubscription where Value == StatusChange {
    /// Each change of a job's status: of Daybook's own jobs, which are events (the registration must deliver `changed`
    /// records for that), and of jobs of which events tell.
    public static func statusChanges(_ filter: Filter? = nil) -> Self {
        Self(EventMatch(filter: filter, on: [.created, .changed])) { StatusChange($0.entry.record) }
    }
}

extension EventMatch {
    fileprivate static func submissionStatus(_ configs: [String]) -> EventMatch {
        EventMatch(
            entityType: "submission", operation: .update, attributeName: "submission_status", configs: configs,
            configKey: "origin_entity_config_id")
    }
}
