/// A message's headers in one run of bytes, the form in which they cross this module's border: in order, with repeats,
/// and without an allocation per header.
///
/// Each header is: length of the name (UInt16, little endian), the name in UTF-8, length of the value (Int32, little
/// endian; -1 for null), the value. A null value and an empty one are different.
public struct PackedHeaders: Sendable, Equatable {
    /// What ``OutgoingMessage/headers`` and ``IncomingMessage/headers`` hold.
    public private(set) var bytes: [UInt8]

    public init() {
        bytes = []
    }

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Adds one more header behind the others.
    /// - Precondition: the name has at most 65535 bytes, the value at most 2 GiB.
    public mutating func append(_ name: String, _ value: (some Sequence<UInt8>)?) {
        var name = name
        name.withUTF8 { utf8 in
            precondition(utf8.count <= UInt16.max, "a header's name has at most 65535 bytes")
            bytes.append(UInt8(truncatingIfNeeded: utf8.count))
            bytes.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
            bytes.append(contentsOf: utf8)
        }
        let start = bytes.count
        bytes.append(contentsOf: [0xff, 0xff, 0xff, 0xff])
        guard let value else { return }
        bytes.append(contentsOf: value)
        let length = Int32(bytes.count - start - 4)
        for byte in 0..<4 { bytes[start + byte] = UInt8(truncatingIfNeeded: length >> (8 * Int32(byte))) }
    }

    /// Adds a header whose value is text.
    public mutating func append(_ name: String, _ value: String) {
        append(name, Array(value.utf8))
    }

    /// The headers one by one, or nil if the bytes are not well-formed. For looking at, not for hot paths.
    public var headers: [(name: String, value: [UInt8]?)]? {
        bytes.withUnsafeBytes { bytes in
            var result: [(name: String, value: [UInt8]?)] = []
            let valid = Self.forEach(in: bytes) { name, value in
                result.append((String(decoding: name, as: UTF8.self), value.map { Array($0) }))
            }
            return valid ? result : nil
        }
    }

    /// Walks packed headers without copying anything.
    /// - Returns: false if the bytes are not well-formed; the headers before the fault have been visited.
    static func forEach(
        in bytes: UnsafeRawBufferPointer,
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void
    ) -> Bool {
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= 2 else { return false }
            let nameCount = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self)))
            position += 2
            guard bytes.count - position >= nameCount + 4 else { return false }
            let name = UnsafeRawBufferPointer(rebasing: bytes[position..<position + nameCount])
            position += nameCount
            let valueCount = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self))
            position += 4
            guard valueCount >= 0 else {
                guard valueCount == -1 else { return false }
                body(name, nil)
                continue
            }
            guard bytes.count - position >= Int(valueCount) else { return false }
            body(name, UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(valueCount)]))
            position += Int(valueCount)
        }
        return true
    }
}
