import Daybook

/// What a record of a history or signals stream says, as pointers into it: good only while its headers are being read.
///
/// This is `RecordDecoder` without strings, for the fold: what one of them takes for invalid, so does the other.
struct RecordContents {
    let operation: RecordOperation
    let id: EventID
    var changes: ChangedFields = []
    let topic: UnsafeRawBufferPointer
    /// As on the wire; ``withSender(_:)`` decodes it.
    private let source: UnsafeRawBufferPointer
    private var sourceIsEncoded = false
    let senderType: UnsafeRawBufferPointer?
    let project: UnsafeRawBufferPointer?
    let user: UnsafeRawBufferPointer?
    let actor: UnsafeRawBufferPointer?
    let hash: UnsafeRawBufferPointer?
    let dependsOn: EventID?
    let status: EventStatus
    let retries: Int64
    let progress: Double
    let traits: RowTraits
    /// Microseconds; nil when the publisher gave no time.
    let createdAt: Int64?
    let hasPayload: Bool
    /// The last record of the event that the writer of a signal knew.
    let basis: UnsafeRawBufferPointer?
    /// Description, summary, content type (empty: `application/json`) and the rarer attributes.
    var texts = TextBlock.Parts()

    /// - Parameter hasValue: whether the record has a value (also an empty one).
    init(_ fields: borrowing WireFields, hasValue: Bool) throws(InvalidReason) {
        guard let version = fields[.specversion], version.first == UInt8(ascii: "1"),
            let recordID = try WireValues.text(fields[.id]), !recordID.isEmpty,
            let source = try WireValues.text(fields[.source]), !source.isEmpty
        else { throw .notCloudEvent }
        guard let topic = fields[.type], Topic.isValid(topic) else { throw .topic }
        self.topic = topic
        let isOurs: Bool
        if let eventID = fields[.eventID] {
            guard let id = EventID(hex: eventID) else { throw .identity }
            self.id = id
            operation = try WireValues.operation(fields[.op])
            isOurs = true
            self.source = source
            sourceIsEncoded = Self.isEncoded(source)
            texts.extras[7] = try WireValues.text(fields[.originalID])
        } else {
            id = EventID(foreignID: recordID, source: source)
            operation = .created
            isOurs = false
            self.source = source
            let isOwnID = id.withHexDigits { recordID.isEqual(to: $0) }
            if !isOwnID { texts.extras[7] = recordID }
        }
        if let list = fields[.changes] { changes = ChangedFields(wireText: list) }
        senderType = try WireValues.text(fields[.senderType])
        project = try WireValues.text(fields[.project])
        user = try WireValues.text(fields[.user])
        actor = try WireValues.text(fields[.actor])
        hash = try WireValues.text(fields[.hash])
        dependsOn = try WireValues.eventID(fields[.dependsOn])
        if let status = fields[.status] { self.status = try WireValues.status(status) } else { status = .finished }
        if let retries = fields[.retries] { self.retries = try WireValues.integer(retries) } else { retries = 0 }
        if let progress = fields[.progress] {
            self.progress = try WireValues.progress(progress)
        } else {
            progress = status == .finished ? 100 : 0
        }
        traits = RowTraits(
            severity: try WireValues.enumeration(fields[.severity]) ?? .informational,
            kind: try WireValues.enumeration(fields[.kind]) ?? .standard,
            operation: try WireValues.enumeration(fields[.operation]))
        if let time = fields[.time] { createdAt = try WireValues.time(time) } else { createdAt = nil }
        hasPayload = hasValue && (operation == .created || changes.contains(.payload))
        basis = try WireValues.text(fields[.basis])
        if let basis, Position(String(decoding: basis, as: UTF8.self)) == nil { throw .value }
        try readTexts(fields, isOurs: isOurs)
    }

    private mutating func readTexts(_ fields: borrowing WireFields, isOurs: Bool) throws(InvalidReason) {
        texts.description = try WireValues.text(fields[.description]) ?? .empty
        if let summary = fields[.summary] {
            guard summary.first == UInt8(ascii: "{") else { throw .json }
            texts.summary = summary.count == 2 ? .empty : summary
        }
        if hasPayload {
            if let type = try WireValues.text(fields[.contentType]) {
                texts.contentType = type.isEqual(to: Self.json) ? .empty : type
            } else if !isOurs {
                texts.contentType = Self.octets
            }
        }
        texts.extras[0] = try WireValues.text(fields[.entityType])
        texts.extras[1] = try WireValues.text(fields[.entityID])
        texts.extras[2] = try WireValues.text(fields[.attributeName])
        texts.extras[3] = fields[.attributeValue]
        if let metadata = fields[.metadata] {
            guard metadata.first == UInt8(ascii: "{") else { throw .json }
            if metadata.count > 2 { texts.extras[4] = metadata }
        }
        texts.extras[5] = try WireValues.text(fields[.partitionKey])
        texts.extras[6] = try WireValues.text(fields[.traceparent])
    }

    /// Whether a source is not simply the sender's name.
    @inline(__always)
    private static func isEncoded(_ source: UnsafeRawBufferPointer) -> Bool {
        if source.contains(UInt8(ascii: "%")) { return true }
        return source.count > 12 && source[0] == UInt8(ascii: "u") && source.part(0, 12).isEqual(to: "urn:daybook:")
    }

    private static let json: StaticString = "application/json"
    private static var octets: UnsafeRawBufferPointer {
        let text: StaticString = "application/octet-stream"
        return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Calls the body with the sender's name; nil when there is none.
    func withSender<Result>(_ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard sourceIsEncoded else { return body(source) }
        guard var decoded = SenderSource.sender(of: String(decoding: source, as: UTF8.self)) else { return body(nil) }
        return decoded.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
