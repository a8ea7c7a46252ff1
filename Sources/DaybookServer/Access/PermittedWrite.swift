import Daybook

/// A write that its caller may do. Nothing else is written for callers.
struct PermittedWrite: Sendable {
    let write: EventWrite

    fileprivate init(_ write: EventWrite) {
        self.write = write
    }
}

extension RequestAccess {
    /// The write as it is done for the caller: what users publish is theirs.
    ///
    /// - Throws: 403.
    func permit(_ write: EventWrite) throws(Problem) -> PermittedWrite {
        switch write {
        case .create(let event): PermittedWrite(.create(try publishing(event)))
        case .createOnce(let event, let key): PermittedWrite(.createOnce(try publishing(event), key))
        case .reuse(let event): PermittedWrite(.reuse(try publishing(event)))
        case .signal(let event): PermittedWrite(.signal(try publishing(event)))
        case .change(let reference, let change):
            PermittedWrite(.change(reference, try changing(reference.event, change)))
        case .delete(let reference):
            PermittedWrite(.delete(try admitted(.admin, reference)))
        }
    }

    /// What an operation does to one of many events: to change them takes as much as to delete them, as with AYON.
    ///
    /// - Throws: 403.
    func permitOperation(_ write: EventWrite) throws(Problem) -> PermittedWrite {
        guard case .change(let reference, _) = write else { return try permit(write) }
        _ = try admitted(.admin, reference)
        return PermittedWrite(write)
    }

    private func publishing(_ event: Event) throws(Problem) -> Event {
        var event = event
        if !caller.role.isManager { event.user = caller.user }
        guard caller.may(.publish, event) else { throw forbid(.publish, event) }
        return event
    }

    /// Before the change and after it: else an event could be taken out of others' reach, or given away.
    private func changing(_ event: Event, _ change: EventChange) throws(Problem) -> EventChange {
        guard caller.may(.change, event) else { throw forbid(.change, event) }
        var after = event
        if let project = change.project { after.project = project }
        if let user = change.user { after.user = user }
        guard caller.may(.change, after) else { throw forbid(.change, after) }
        return change
    }

    private func admitted(_ permission: Permission, _ reference: EventReference) throws(Problem) -> EventReference {
        guard caller.may(permission, reference.event) else { throw forbid(permission, reference.event) }
        return reference
    }
}
