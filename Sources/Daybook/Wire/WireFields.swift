/// The known headers of one record, found in a single pass and not copied. Of repeated headers the last one counts.
///
/// The pointers are good only inside ``read(_:_:)``.
public struct WireFields {
    /// Where the block of headers begins.
    @usableFromInline let start: UnsafeRawPointer?
    /// For each header where its value begins, counted from the start and shifted by 32 bits, plus its length plus 1;
    /// 0 is none. Half as large as pointers, since all of it has to be cleared for each record.
    @usableFromInline var places: InlineArray<33, UInt64> = .init(repeating: 0)

    private init(_ start: UnsafeRawPointer?) {
        self.start = start
    }

    /// Finds the known headers and calls the body with them.
    ///
    /// - Throws: ``InvalidRecord`` when the block of headers is not well formed, and what the body throws.
    @inline(__always)
    public static func read<Result>(
        _ headers: RecordHeaders, _ body: (borrowing WireFields) throws -> Result
    ) throws -> Result {
        try headers.withHeaderBytes { iterator in
            var fields = WireFields(iterator.start)
            try fields.find(&iterator)
            return try body(fields)
        }
    }

    /// The same, for what holds on to the fields while the body runs, without a copy of them.
    @inline(__always)
    static func readInPlace<Result>(
        _ headers: RecordHeaders, _ body: (UnsafePointer<WireFields>) throws -> Result
    ) throws -> Result {
        try headers.withHeaderBytes { iterator in
            var fields = WireFields(iterator.start)
            try fields.find(&iterator)
            return try withUnsafePointer(to: &fields, body)
        }
    }

    @inline(__always)
    private mutating func find(_ iterator: inout RecordHeaders.ByteIterator) throws {
        while let (name, value) = try iterator.next() {
            if let header = WireHeader(name: name) { set(header, value) }
        }
    }

    /// The header's value; nil when there is none (or it is null).
    @inlinable
    @inline(__always)
    public subscript(_ header: WireHeader) -> UnsafeRawBufferPointer? {
        let place = places[Int(header.rawValue)]
        guard place != 0, let start else { return nil }
        return UnsafeRawBufferPointer(start: start + Int(place >> 32), count: Int(place & 0xFFFF_FFFF) - 1)
    }

    @inline(__always)
    private mutating func set(_ header: WireHeader, _ value: UnsafeRawBufferPointer?) {
        guard let value, let start, let place = value.baseAddress else {
            places[Int(header.rawValue)] = 0
            return
        }
        places[Int(header.rawValue)] = UInt64(place - start) << 32 | UInt64(value.count + 1)
    }

    /// The header's value as text, or a complaint when it is no UTF-8 or has NUL in it.
    public func text(_ header: WireHeader) throws -> String? {
        guard let bytes = self[header] else { return nil }
        // Most texts are ASCII, which one look at the bytes shows.
        if bytes.isASCIIWithoutZero { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw InvalidRecord("\(header.name) is not valid UTF-8")
        }
        guard !bytes.containsZero else { throw InvalidRecord("\(header.name) contains NUL") }
        return text
    }

    /// Reads an enumeration by its raw value; nil when the header is absent.
    public func value<Value: RawRepresentable>(
        _ header: WireHeader, as type: Value.Type = Value.self
    ) throws -> Value? where Value.RawValue == String {
        guard let text = try text(header) else { return nil }
        guard let value = Value(rawValue: text) else { throw InvalidRecord("\(header.name): unknown value \(text)") }
        return value
    }

    /// Whether Daybook wrote the record (else it is somebody else's CloudEvent).
    @inlinable
    public var isOurs: Bool { self[.eventID] != nil }

    /// What the record does and to which event, with the CloudEvents rules checked.
    public func identity() throws -> (operation: RecordOperation, id: EventID) {
        guard let version = self[.specversion], version.first == UInt8(ascii: "1") else {
            throw InvalidRecord("ce_specversion is missing or not 1.x: this is no CloudEvent in binary mode")
        }
        guard let type = self[.type], Topic.isValid(type) else {
            throw InvalidRecord("ce_type is missing or is no topic (\(Topic.rule))")
        }
        guard let recordID = self[.id], !recordID.isEmpty else { throw InvalidRecord("ce_id is missing or empty") }
        guard let source = self[.source], !source.isEmpty else { throw InvalidRecord("ce_source is missing or empty") }
        guard let eventID = self[.eventID] else {
            return (.created, EventID(foreignID: recordID, source: source))
        }
        guard let id = EventID(hex: eventID) else { throw InvalidRecord("ce_eventid is not 32 hex digits") }
        guard let op = try operation() else { throw InvalidRecord("ce_op is missing") }
        return (op, id)
    }

    private func operation() throws -> RecordOperation? {
        guard let bytes = self[.op] else { return nil }
        if bytes.isEqual(to: "created") { return .created }
        if bytes.isEqual(to: "changed") { return .changed }
        if bytes.isEqual(to: "deleted") { return .deleted }
        return try value(.op)
    }
}

/// A record that says nothing Daybook can use.
public struct InvalidRecord: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
