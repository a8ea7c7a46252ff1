public import Daybook

/// An event of the index, read in place: texts are bytes in UTF-8, so that an answer can be written without making strings.
///
/// Good only inside the call that gave it. ``IndexedEvent/init(_:)`` makes a value to keep.
public struct IndexedEventView {
    private let row: Row
    /// What follows the row in its ``PackedEvents``.
    private let bytes: UnsafeRawBufferPointer
    private let partitions: [StreamPartition]

    /// The interned attributes, in the order they are packed.
    enum Name: Int, CaseIterable {
        case topic, project, user, sender, hash, dependsOn, senderType, actor
    }

    /// The length that stands for "none".
    static let absent = UInt32.max
    private static let headerBytes = Name.allCases.count * 4

    init(row: Row, bytes: UnsafeRawBufferPointer, partitions: [StreamPartition]) {
        self.row = row
        self.bytes = bytes
        self.partitions = partitions
    }

    @inline(__always)
    private func length(_ name: Int) -> UInt32 { bytes.loadUnaligned(fromByteOffset: name * 4, as: UInt32.self) }

    private func name(_ name: Name) -> UnsafeRawBufferPointer? {
        let count = length(name.rawValue)
        guard count != Self.absent else { return nil }
        return bytes.part(start(of: name.rawValue), Int(count))
    }

    private func start(of name: Int) -> Int {
        var start = Self.headerBytes
        for before in 0..<name where length(before) != Self.absent { start += Int(length(before)) }
        return start
    }

    private var texts: TextBlock {
        let start = start(of: Name.allCases.count)
        return TextBlock(bytes.part(start, bytes.count - start))
    }

    // MARK: - Attributes

    public var id: EventID { row.id }
    public var topic: UnsafeRawBufferPointer { name(.topic) ?? .empty }
    public var hash: UnsafeRawBufferPointer? { name(.hash) }
    public var sender: UnsafeRawBufferPointer? { name(.sender) }
    public var senderType: UnsafeRawBufferPointer? { name(.senderType) }
    public var project: UnsafeRawBufferPointer? { name(.project) }
    public var user: UnsafeRawBufferPointer? { name(.user) }
    public var dependsOn: EventID? { name(.dependsOn)?.loadUnaligned(as: EventID.self) }
    public var status: EventStatus { EventStatus(number: row.status) }
    public var retries: Int { Int(row.retries) }
    /// That of the last signal when there is one since the last record.
    public var progress: Double { row.progress }
    public var description: UnsafeRawBufferPointer { texts.description }
    /// JSON; nil for an empty object.
    public var summary: UnsafeRawBufferPointer? { Self.unlessEmpty(texts.summary) }
    public var severity: Severity { row.traits.severity }
    public var kind: EventKind { row.traits.kind }
    public var entityType: UnsafeRawBufferPointer? { texts[.entityType] }
    public var entityID: UnsafeRawBufferPointer? { texts[.entityID] }
    public var operation: EntityOperation? { row.traits.operation }
    public var attributeName: UnsafeRawBufferPointer? { texts[.attributeName] }
    /// JSON.
    public var attributeValue: UnsafeRawBufferPointer? { texts[.attributeValue] }
    /// JSON; nil for an empty object.
    public var metadata: UnsafeRawBufferPointer? { texts[.metadata] }
    public var orderingKey: UnsafeRawBufferPointer? { texts[.orderingKey] }
    public var traceparent: UnsafeRawBufferPointer? { texts[.traceparent] }
    public var originalID: UnsafeRawBufferPointer? { texts[.originalID] }
    /// Who wrote the last record; nil when the record does not say.
    public var actor: UnsafeRawBufferPointer? { name(.actor) }

    // MARK: - Times and positions

    /// When it happened: as the publisher said, or else ``createdTime``.
    public var createdAt: Timestamp { Timestamp(microseconds: row.createdAt) }
    public var hasExplicitCreatedAt: Bool { row.flags.contains(.explicitCreatedAt) }
    /// The log time of the last record.
    public var updatedAt: Timestamp { Timestamp(microseconds: row.updatedAt) }
    /// The log time of the `created` record.
    public var createdTime: Timestamp { Timestamp(microseconds: row.createdTime) }
    /// The partition of all records of the event.
    public var partition: StreamPartition { partitions[Int(row.partition)] }
    public var created: Position { Position(partition, row.createdOffset) }
    public var last: Position { Position(partition, row.lastOffset) }
    /// The record whose value is the payload; nil when there is no payload.
    public var payloadPosition: Position? {
        row.payloadOffset < 0 ? nil : Position(partition, row.payloadOffset)
    }
    /// The content type of the payload.
    public var contentType: UnsafeRawBufferPointer {
        let type = texts.contentType
        guard type.isEmpty else { return type }
        let json: StaticString = "application/json"
        return UnsafeRawBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount)
    }

    private static func unlessEmpty(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        bytes.isEmpty ? nil : bytes
    }

    /// This event's place in the order of queries.
    func cursor(_ order: EventQuery.Order) -> QueryCursor {
        QueryCursor(
            order: order, createdAt: row.createdAt, createdTime: row.createdTime, partition: partition,
            offset: row.createdOffset)
    }
}
