/// Who asks for something, and what it may do: the one place where that is decided.
public struct Caller: Hashable, Sendable {
    /// How it is known.
    public enum Origin: String, Hashable, Sendable {
        /// Nobody asked: there are no keys.
        case open
        case key
        case token
        /// It has the log itself, and so all that is in it.
        case log
    }

    /// The key's, or the token's subject; nil where nobody asked.
    public let name: String?
    public let role: Role
    /// Narrow what managers, admins and services may do; grant what users and guests may do.
    public let scopes: [AccessScope]
    public let origin: Origin
    /// The user that events get. Follows from the name of a user or guest, who cannot have another.
    public let user: String?
    /// When its rights end, by the server's clock; nil never.
    public let expires: Timestamp?
    /// The digests of the keys that it has its rights from, by their names: it has them while all of these are there.
    let keys: [String: String]

    /// Which events it may do something with, by what it may do. What is not there it may not do at all; nil is every event.
    private let limits: [Permission: Filter?]
    /// Which events are shown to it when it asks for no certain ones; nil is every event.
    public let listing: Filter?

    /// - Parameter user: in whose name it acts; nil for users and guests is their own.
    public init(
        name: String?, role: Role, scopes: [AccessScope] = [], origin: Origin, user: String? = nil,
        expires: Timestamp? = nil
    ) {
        self.init(name: name, role: role, scopes: scopes, origin: origin, user: user, expires: expires, keys: [:])
    }

    init(
        name: String?, role: Role, scopes: [AccessScope], origin: Origin, user: String?, expires: Timestamp?,
        keys: [String: String]
    ) {
        self.name = name
        self.role = role
        self.scopes = scopes
        self.origin = origin
        let user = user ?? (role.isManager ? nil : name)
        self.user = user
        self.expires = expires
        self.keys = keys
        var limits: [Permission: Filter?] = [:]
        for permission in Permission.allCases {
            let granting = scopes.filter { $0.permissions.contains(permission) }
            if role.isManager {
                guard role.permissions.contains(permission) else { continue }
                if scopes.isEmpty {
                    limits.updateValue(nil, forKey: permission)
                } else if !granting.isEmpty {
                    limits.updateValue(Filter.any(granting.map(\.filter)), forKey: permission)
                }
            } else {
                var filters = granting.map(\.filter)
                if role == .user, let user { filters += Self.own(permission, user) }
                if !filters.isEmpty { limits.updateValue(Filter.any(filters), forKey: permission) }
            }
        }
        self.limits = limits
        if role.isManager {
            listing = limits[.read] ?? Filter.nothing
        } else {
            var filters = scopes.filter { $0.permissions.contains(.read) }.map(\.filter)
            if role == .user, let user { filters.append(.equal(.user, user)) }
            listing = Filter.any(filters)
        }
    }

    /// What users may do as AYON has it.
    private static func own(_ permission: Permission, _ user: String) -> [Filter] {
        switch permission {
        case .read: [.equal(.user, user), .hasNone(.project)]
        case .change: [.equal(.user, user)]
        case .publish, .enroll, .replay, .admin: []
        }
    }

    /// Everybody while there are no keys.
    public static let open = Caller(name: nil, role: .service, origin: .open)
    /// Who works straight on a log.
    public static let log = Caller(name: nil, role: .service, origin: .log)

    /// The same in a user's name: with that user's rights when it has a key, and else with its own.
    ///
    /// - Parameter key: the user's.
    public func acting(as user: String, with key: APIKey?) -> Caller {
        guard let key else {
            return Caller(
                name: name, role: role, scopes: scopes, origin: origin, user: user, expires: expires, keys: keys)
        }
        let ends = [expires, key.expires].compactMap(\.self).min()
        return Caller(
            name: key.name, role: key.role, scopes: key.scopes, origin: origin, user: user, expires: ends,
            keys: keys.merging([key.name: key.digest]) { $1 })
    }
}

// MARK: - Decisions

extension Caller {
    /// Whether there are events with which it may do this.
    public func holds(_ permission: Permission) -> Bool { limits[permission] != nil }

    /// Whether it may do this with every event there is.
    public func isUnlimited(_ permission: Permission) -> Bool {
        if case .some(nil) = limits[permission] { true } else { false }
    }

    /// With which events it may do this; nil is all of them.
    public func filter(_ permission: Permission) -> Filter? { limits[permission] ?? Filter.nothing }

    /// Whether it may do this with an event. Topic, project and user count.
    public func may(_ permission: Permission, _ event: some FilterSubject) -> Bool {
        guard let filter = filter(permission) else { return true }
        return filter.matches(event, payload: filter.payloadResults(nil))
    }

    /// Whose name it goes by where others address it: its own; services may say another one.
    public func user(claimed: String?) -> String? {
        role == .service ? claimed ?? user : user ?? name
    }

    /// Which events it may read; nil is all of them.
    public var reading: Filter? { filter(.read) }

    /// Whether it may know what the topic catalogue says of a topic, or pattern: when there may be such events for it.
    public func mayKnow(topic: String) -> Bool {
        guard holds(.read) else { return false }
        return role == .user || scopes.isEmpty
            || scopes.contains { $0.permissions.contains(.read) && $0.matches(topic: topic) }
    }

    /// Whether it may claim jobs of a topic at all.
    public func mayEnroll(into topic: String) -> Bool {
        holds(.enroll) && (scopes.isEmpty || enrolling(into: topic).count > 0)
    }

    /// For which events it may claim jobs of a topic; nil is all. They have to be such as it may read; the projects of its
    /// scopes are those of the jobs, which have their events' projects.
    public func jobSources(of topic: String) -> Filter? {
        guard mayEnroll(into: topic) else { return Filter.nothing }
        return scopes.isEmpty ? reading : .both(reading, .any(enrolling(into: topic).map(\.projectFilter)))
    }

    private func enrolling(into topic: String) -> [AccessScope] {
        scopes.filter { $0.permissions.contains(.enroll) && $0.matches(topic: topic) }
    }
}
