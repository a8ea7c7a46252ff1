import Daybook

/// What a caller needs for a route. It is said where the route is added, and looked at before its handler is called.
enum RouteAccess: Hashable {
    /// Nothing: it tells nothing of events, and is needed before anybody can say who it is.
    case open
    /// Any key: the answer has what the caller may read, and no more.
    case filtered
    /// That it may do this with some events; the route looks with which.
    case some(Permission)
    /// That it may do this with every event there is.
    case every(Permission)
    /// That it may read every event there is; and nothing while the log is not open, when there is nothing to tell of
    /// events, and nobody can say who it is.
    case telling
}

/// What answers one method of a path, and whom.
struct GuardedHandler {
    let access: RouteAccess
    let handler: RouteTable.Handler

    static func open(_ handler: @escaping RouteTable.Handler) -> GuardedHandler {
        GuardedHandler(access: .open, handler: handler)
    }

    static func filtered(_ handler: @escaping RouteTable.Handler) -> GuardedHandler {
        GuardedHandler(access: .filtered, handler: handler)
    }

    static func some(_ permission: Permission, _ handler: @escaping RouteTable.Handler) -> GuardedHandler {
        GuardedHandler(access: .some(permission), handler: handler)
    }

    static func telling(_ handler: @escaping RouteTable.Handler) -> GuardedHandler {
        GuardedHandler(access: .telling, handler: handler)
    }

    static func every(_ permission: Permission, _ handler: @escaping RouteTable.Handler) -> GuardedHandler {
        GuardedHandler(access: .every(permission), handler: handler)
    }
}
