public import LosslessJSON

/// New values for some attributes of an event; nil leaves an attribute as it is. Objects are replaced, not merged.
public struct EventChange: Hashable, Sendable {
    public var status: EventStatus?
    public var progress: Double?
    public var retries: Int?
    public var sender: String?
    public var senderType: String?
    public var project: String?
    public var user: String?
    public var description: String?
    public var summary: JSONText?
    public var payload: Payload?

    /// Finishing sets the progress to 100 unless another one is given.
    public init(
        status: EventStatus? = nil, progress: Double? = nil, retries: Int? = nil, sender: String? = nil,
        senderType: String? = nil, project: String? = nil, user: String? = nil, description: String? = nil,
        summary: JSONText? = nil, payload: Payload? = nil
    ) {
        self.status = status
        self.progress = progress ?? (status == .finished ? 100 : nil)
        self.retries = retries
        self.sender = sender
        self.senderType = senderType
        self.project = project
        self.user = user
        self.description = description
        self.summary = summary
        self.payload = payload
    }

    /// Which attributes it changes.
    public var fields: ChangedFields {
        var fields: ChangedFields = []
        if status != nil { fields.insert(.status) }
        if progress != nil { fields.insert(.progress) }
        if retries != nil { fields.insert(.retries) }
        if sender != nil { fields.insert(.sender) }
        if senderType != nil { fields.insert(.senderType) }
        if project != nil { fields.insert(.project) }
        if user != nil { fields.insert(.user) }
        if description != nil { fields.insert(.description) }
        if summary != nil { fields.insert(.summary) }
        if payload != nil { fields.insert(.payload) }
        return fields
    }

    /// A tick of progress and nothing else: it goes to the signals stream, not into history.
    public var isProgressOnly: Bool { fields == .progress }

    /// Puts the new values into an event.
    public func apply(to event: inout Event) {
        if let status { event.status = status }
        if let progress { event.progress = progress }
        if let retries { event.retries = retries }
        if let sender { event.sender = sender }
        if let senderType { event.senderType = senderType }
        if let project { event.project = project }
        if let user { event.user = user }
        if let description { event.description = description }
        if let summary { event.summary = summary }
        if let payload { event.payload = payload }
    }
}

/// The attributes of an event that a `changed` record may list, with their names on the wire (`ce_changes`).
public struct ChangedFields: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let status = ChangedFields(rawValue: 1 << 0)
    public static let progress = ChangedFields(rawValue: 1 << 1)
    public static let retries = ChangedFields(rawValue: 1 << 2)
    public static let sender = ChangedFields(rawValue: 1 << 3)
    public static let senderType = ChangedFields(rawValue: 1 << 4)
    public static let project = ChangedFields(rawValue: 1 << 5)
    public static let user = ChangedFields(rawValue: 1 << 6)
    public static let description = ChangedFields(rawValue: 1 << 7)
    public static let summary = ChangedFields(rawValue: 1 << 8)
    public static let payload = ChangedFields(rawValue: 1 << 9)

    private static let names: [(ChangedFields, StaticString)] = [
        (.status, "status"), (.progress, "progress"), (.retries, "retries"), (.sender, "sender"),
        (.senderType, "sendertype"), (.project, "project"), (.user, "user"), (.description, "description"),
        (.summary, "summary"), (.payload, "payload"),
    ]

    /// The names, joined by commas.
    public var wireText: String {
        Self.names.filter { contains($0.0) }.map { "\($0.1)" }.joined(separator: ",")
    }

    /// Reads names joined by commas; names it does not know are passed over (a newer writer may know more).
    public init(wireText: UnsafeRawBufferPointer) {
        self.rawValue = 0
        var start = 0
        for at in 0...wireText.count where at == wireText.count || wireText[at] == UInt8(ascii: ",") {
            let part = UnsafeRawBufferPointer(rebasing: wireText[start..<at])
            for (field, name) in Self.names where part.isEqual(to: name) { insert(field) }
            start = at + 1
        }
    }
}
