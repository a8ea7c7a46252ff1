public import LosslessJSON

/// A named claim on events: a filter, and the positions up to which what matches was handled.
///
/// Members with one name share the work, whichever machines they run on. It is kept in the log's catalog.
public struct Registration: Hashable, Sendable {
    /// How it gets its events.
    public enum Delivery: String, Hashable, Sendable, CaseIterable {
        /// The service's own process calls a handler of its own.
        case process
        /// Clients ask a server for them and acknowledge them.
        case pull
        /// A server sends each to a URL.
        case webhook
        /// A server gives them to one of the handlers that its configuration names.
        case handler
    }

    public enum State: Hashable, Sendable {
        case running
        /// Nothing is delivered until somebody resumes it; with a reason when it paused by itself.
        case paused(reason: String?)
    }

    /// A filter that holds from some offsets on.
    public struct FilterVersion: Hashable, Sendable {
        /// Nil: everything.
        public var filter: Filter?
        /// What lies at or behind these offsets is held against it; of partitions that are not named, everything.
        public var from: PositionVector

        public init(filter: Filter?, from: PositionVector = PositionVector()) {
            self.filter = filter
            self.from = from
        }
    }

    /// How many former filters are remembered for what was not read yet when they were changed.
    static let maximumVersions = 8

    /// Bytes of ``settings``.
    static let maximumSettings = 16 * 1024

    public var name: String
    /// A name that is deleted and made again is another registration.
    public let id: EventID
    /// The one that holds now comes last.
    public var filters: [FilterVersion]
    /// Which records are delivered.
    public var on: Set<RecordOperation>
    /// Whether it is given signals as well, live: those that come while a member works.
    public var signals: Bool
    /// Where each partition begins that there was when it was made; the others begin at their beginning.
    public var starts: PositionVector
    public var delivery: Delivery
    /// What the way of delivery needs: a URL, a handler's name; a flat JSON object.
    public var settings: JSONText
    public var policy: FailurePolicy
    public var state: State
    /// Who made it, as it said itself.
    public var owner: String?
    /// The API key that it was made with, by name; nil when none was needed. It is given what that key may read.
    public var ownerKey: String?
    /// What that is now; nothing that the catalog keeps of a registration.
    public internal(set) var standing = OwnerStanding.reads(nil)

    public init(
        name: String, id: EventID = .generate(), filter: Filter? = nil, on: Set<RecordOperation> = [.created],
        signals: Bool = false, starts: PositionVector = PositionVector(), delivery: Delivery = .process,
        settings: JSONText = .emptyObject,
        policy: FailurePolicy = FailurePolicy(), state: State = .running, owner: String? = nil
    ) {
        self.name = name
        self.id = id
        filters = [FilterVersion(filter: filter)]
        self.on = on
        self.signals = signals
        self.starts = starts
        self.delivery = delivery
        self.settings = settings
        self.policy = policy
        self.state = state
        self.owner = owner
    }

    /// The filter that holds now; nil is everything.
    public var filter: Filter? { filters.last?.filter }

    /// The filter for a record.
    func filter(at offset: Int64, of partition: StreamPartition) -> Filter? {
        let version = filters.last { offset >= $0.from[partition] ?? 0 } ?? filters.first
        return version?.filter
    }

    /// The name of its consumer group.
    public func group(prefix: String) -> String { "\(prefix)-registration-\(id)" }

    /// The name of the group whose members share the signals.
    func signalGroup(prefix: String) -> String { group(prefix: prefix) + "-signals" }

    public var isPaused: Bool { state != .running }

    /// - Throws: ``InvalidRegistration`` with all that is wrong.
    public func validate() throws(InvalidRegistration) {
        var problems: [FieldProblem] = []
        if !StreamRule.isValidName(name) {
            problems.append(
                FieldProblem("name", "bad_value", "must be 1 to 200 letters, digits, '.', '_' or '-', not only dots"))
        }
        if on.isEmpty {
            problems.append(FieldProblem("on", "bad_value", "must name one of created, changed, deleted"))
        }
        if settings.bytes.count > Self.maximumSettings {
            problems.append(
                FieldProblem("settings", "too_long", "must have \(Self.maximumSettings) bytes at most"))
        }
        do throws(InvalidRegistration) { try policy.validate() } catch { problems += error.problems }
        if !problems.isEmpty { throw InvalidRegistration(problems) }
    }
}
