/// What a caller is, as AYON's users have it.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Nothing but what scopes grant.
    case guest
    /// Own events, and reading those without project; besides that what scopes grant.
    case user
    case manager
    /// Counts as a manager, too.
    case admin
    /// Counts as an admin and a manager, too; the only one that may enroll and act in others' names.
    case service

    /// What it may do with every event, unless scopes narrow that.
    public var permissions: Set<Permission> {
        switch self {
        case .guest, .user: []
        case .manager: [.publish, .change, .read, .replay]
        case .admin: Set(Permission.allCases).subtracting([.enroll])
        case .service: Set(Permission.allCases)
        }
    }

    public var isManager: Bool { self == .manager || isAdmin }
    public var isAdmin: Bool { self == .admin || self == .service }
}
