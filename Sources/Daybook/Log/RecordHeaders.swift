/// The headers of a record: names and values in order, repeats kept, in one block of bytes.
///
/// Packed, because a record has a dozen headers and the readers look at millions of records: for each header the name's length
/// (UInt16), the name, the value's length (Int32, -1 for null) and the value, lengths little-endian.
public struct RecordHeaders: Hashable, Sendable {
    public private(set) var packed: [UInt8]

    public init() {
        packed = []
    }

    /// Takes a packed block as it is; nil when it is not well formed.
    public init?(packed: [UInt8]) {
        self.packed = packed
        guard forEachBytes({ _, _ in }) else { return nil }
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

    /// Calls the body with each header's name and value (nil for null), in order. The pointers are good only inside the call.
    ///
    /// - Returns: false when the block is not well formed; the headers before the fault were seen.
    @inlinable
    @discardableResult
    public func forEachBytes(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) throws -> Void) rethrows -> Bool {
        try packed.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                guard at + 2 <= bytes.count else { return false }
                let nameLength = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
                at += 2
                guard at + nameLength + 4 <= bytes.count else { return false }
                let name = UnsafeRawBufferPointer(rebasing: bytes[at..<at + nameLength])
                at += nameLength
                let valueLength = Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int32.self)))
                at += 4
                if valueLength < 0 {
                    guard valueLength == -1 else { return false }
                    try body(name, nil)
                } else {
                    guard at + valueLength <= bytes.count else { return false }
                    try body(name, UnsafeRawBufferPointer(rebasing: bytes[at..<at + valueLength]))
                    at += valueLength
                }
            }
            return true
        }
    }

    /// The headers as text and bytes. For display and tests; the hot path uses ``forEachBytes(_:)``.
    public var all: [(name: String, value: [UInt8]?)] {
        var result: [(name: String, value: [UInt8]?)] = []
        forEachBytes { name, value in
            result.append((String(decoding: name, as: UTF8.self), value.map { Array($0) }))
        }
        return result
    }

    /// The last value under a name as text; nil when there is none, or it is null or no UTF-8.
    public subscript(_ name: String) -> String? {
        let wanted = Array(name.utf8)
        var found: [UInt8]?
        forEachBytes { name, value in
            if name.elementsEqual(wanted) { found = value.map { Array($0) } }
        }
        return found.flatMap { String(validating: $0, as: UTF8.self) }
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
