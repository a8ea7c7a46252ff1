public import LosslessJSON

/// A registration as people ask for it: one JSON object with `name`, `filter` (text), `on` (`created`, `changed`,
/// `deleted`), `signals`, `start` (`earliest`, `latest`, a time, positions), `delivery`, `settings` and `policy`. What is not given
/// has its default, or stays.
public struct RegistrationInput: Hashable, Sendable {
    public var name: String?
    /// Nil when it was not given; a filter of nil is everything.
    public var filter: Filter??
    public var on: Set<RecordOperation>?
    public var signals: Bool?
    public var start: StartPoint?
    public var delivery: Registration.Delivery?
    public var settings: JSONText?
    public var policy: FailurePolicy?

    public init() {}

    /// - Throws: ``InvalidRegistration`` with everything that is wrong.
    public init(_ members: JSONMembers) throws(InvalidRegistration) {
        try self.init(members, ignoring: [])
    }

    init(_ members: JSONMembers, ignoring ignored: Set<String>) throws(InvalidRegistration) {
        var reader = MemberReader()
        for (key, value) in members where !ignored.contains(key) {
            if value.isNull, key != "filter" { continue }
            switch key {
            case "name": name = reader.string(key, value)
            case "filter":
                guard !value.isNull else {
                    filter = .some(nil)
                    continue
                }
                guard let text = reader.string(key, value) else { continue }
                do throws(InvalidFilter) {
                    filter = .some(try Filter(text))
                } catch {
                    reader.fail(key, "bad_value", error.description)
                }
            case "on":
                on = reader.strings(key, value).map { names in
                    Set(
                        names.compactMap { name in
                            if let operation = RecordOperation(rawValue: name) { return operation }
                            reader.fail(key, "bad_value", "must name created, changed or deleted, not \(name)")
                            return nil
                        })
                }
            case "signals": signals = reader.bool(key, value)
            case "start":
                guard let text = reader.string(key, value) else { continue }
                start = StartPoint(text)
                if start == nil {
                    reader.fail(
                        key, "bad_value", "must be earliest, latest, an ISO 8601 time, or positions (stream:0@12,1@7)")
                }
            case "delivery": delivery = reader.enumeration(key, value)
            case "settings": settings = reader.object(key, value)
            case "policy":
                if let members = reader.object(key, value)?.members { policy = FailurePolicy(members, &reader) }
            default: reader.fail(key, "unknown_field", "there is no such attribute of a registration")
            }
        }
        if !reader.found.isEmpty { throw InvalidRegistration(reader.found) }
    }

    /// The registration it asks for.
    ///
    /// - Throws: ``InvalidRegistration``.
    public func registration(owner: String? = nil) throws(InvalidRegistration) -> Registration {
        guard let name else {
            throw InvalidRegistration([FieldProblem("name", "missing", "a registration needs a name")])
        }
        let registration = Registration(
            name: name, filter: filter ?? nil, on: on ?? [.created], signals: signals ?? false,
            delivery: delivery ?? .process,
            settings: settings ?? .emptyObject, policy: policy ?? FailurePolicy(), owner: owner)
        try registration.validate()
        return registration
    }
}
