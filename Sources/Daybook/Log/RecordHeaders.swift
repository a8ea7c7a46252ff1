/// The headers of a record: names and values in order, repeats kept, in one block of bytes.
///
/// Packed, because a record has a dozen headers and the readers look at millions of records: for each header the
/// name's length (UInt16), the name, the value's length (Int32, -1 for null) and the value, lengths little-endian.
public struct RecordHeaders: Hashable, Sendable {
    public private(set) var packed: [UInt8]

    public init() {
        packed = []
    }

    /// Takes a packed block as it is; nil when it is not well formed.
    public init?(packed: [UInt8]) {
        self.packed = packed
        do {
            try withHeaderBytes { iterator in while try iterator.next() != nil {} }
        } catch {
            return nil
        }
    }

    /// Takes a packed block that this type, or code that keeps to its format, wrote.
    public init(trusting packed: [UInt8]) {
        self.packed = packed
    }

    public var isEmpty: Bool { packed.isEmpty }

    public mutating func reserveCapacity(_ bytes: Int) {
        packed.reserveCapacity(bytes)
    }

    /// Adds a header behind the others. Names are cut at 65,535 bytes by the format; ours are short.
    public mutating func append(_ name: StaticString, _ value: String) {
        name.withUTF8Buffer { appendName($0) }
        var value = value
        value.withUTF8 { appendValue(UnsafeRawBufferPointer($0)) }
    }

    /// Adds a header behind the others; nil is a null value.
    public mutating func append(name: String, value: [UInt8]?) {
        var name = name
        name.withUTF8 { appendName($0) }
        if let value {
            value.withUnsafeBytes { appendValue($0) }
        } else {
            appendLength(-1)
        }
    }

    /// The headers as text and bytes. For display and tests; the hot path uses ``withHeaderBytes(_:)``.
    public var all: [(name: String, value: [UInt8]?)] {
        var result: [(name: String, value: [UInt8]?)] = []
        withHeaderBytes { iterator in
            while let (name, value) = try? iterator.next() {
                result.append((String(decoding: name, as: UTF8.self), value.map { Array($0) }))
            }
        }
        return result
    }

    /// The last value under a name as text; nil when there is none, or it is null or no UTF-8.
    public subscript(_ name: String) -> String? {
        all.last { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }

    private mutating func appendName(_ name: UnsafeBufferPointer<UInt8>) {
        let length = UInt16(truncatingIfNeeded: min(name.count, Int(UInt16.max)))
        withUnsafeBytes(of: length.littleEndian) { packed.append(contentsOf: $0) }
        packed.append(contentsOf: name.prefix(Int(length)))
    }

    /// Adds a header from raw bytes; nil is a null value.
    public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        appendName(name.assumingMemoryBound(to: UInt8.self))
        if let value { appendValue(value) } else { appendLength(-1) }
    }

    private mutating func appendValue(_ value: UnsafeRawBufferPointer) {
        appendLength(Int32(truncatingIfNeeded: value.count))
        packed.append(contentsOf: value)
    }

    private mutating func appendLength(_ length: Int32) {
        withUnsafeBytes(of: length.littleEndian) { packed.append(contentsOf: $0) }
    }
}
