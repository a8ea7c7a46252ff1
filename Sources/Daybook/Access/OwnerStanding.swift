/// What the owner of a registration may be given.
public enum OwnerStanding: Hashable, Sendable {
    /// Events that meet the filter; nil is all.
    case reads(Filter?)
    /// Nothing: its key was revoked, or has expired.
    case gone
}

extension OwnerStanding {
    /// - Throws: ``InvalidRecord`` when it is no record of an event.
    func admits(_ stored: StoredRecord) throws -> Bool {
        switch self {
        case .reads(nil): true
        case .reads(let filter?): try filter.matches(stored)
        case .gone: false
        }
    }
}
