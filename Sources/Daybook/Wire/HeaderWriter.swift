/// Packs known headers: counts them first and then writes them, by the same code, so that the block is allocated once
/// and exactly as long as it has to be.
struct HeaderWriter {
    /// Nil while it counts.
    private let start: UnsafeMutableRawPointer?
    private let capacity: Int
    private(set) var count = 0

    fileprivate init(_ buffer: UnsafeMutableRawBufferPointer?) {
        start = buffer?.baseAddress
        capacity = buffer?.count ?? .max
    }

    /// Adds a header behind the others.
    @inline(__always)
    mutating func put(_ header: WireHeader, _ value: UnsafeRawBufferPointer) {
        frame(header, valueCount: value.count) { place in
            if let bytes = value.baseAddress { place.copyMemory(from: bytes, byteCount: value.count) }
        }
    }

    @inline(__always)
    mutating func put(_ header: WireHeader, _ value: [UInt8]) {
        value.withUnsafeBytes { put(header, $0) }
    }

    @inline(__always)
    mutating func put(_ header: WireHeader, _ value: String) {
        // Native strings are contiguous; bridged ones are copied first.
        let isDone: Void? = value.utf8.withContiguousStorageIfAvailable { put(header, UnsafeRawBufferPointer($0)) }
        if isDone == nil { put(header, Array(value.utf8)) }
    }

    /// Adds a header unless there is no value.
    @inline(__always)
    mutating func put(_ header: WireHeader, _ value: String?) {
        if let value { put(header, value) }
    }

    /// Adds a header with the id's 32 hex digits.
    @inline(__always)
    mutating func put(_ header: WireHeader, _ id: EventID) {
        frame(header, valueCount: 32) { id.writeHexDigits(to: $0) }
    }

    /// Writes the lengths and the name, and lets the body write the value.
    @inline(__always)
    private mutating func frame(_ header: WireHeader, valueCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        let name = header.name
        let nameCount = name.utf8CodeUnitCount
        let end = count + 6 + nameCount + valueCount
        if let start {
            precondition(end <= capacity, "more was written than counted")
            let place = start + count
            place.storeBytes(of: UInt16(truncatingIfNeeded: nameCount).littleEndian, as: UInt16.self)
            (place + 2).copyMemory(from: name.utf8Start, byteCount: nameCount)
            (place + 2 + nameCount).storeBytes(of: Int32(truncatingIfNeeded: valueCount).littleEndian, as: Int32.self)
            body(place + 6 + nameCount)
        }
        count = end
    }
}

extension RecordHeaders {
    /// The headers that the body puts. The body is called twice, and must put the same both times.
    @inline(__always)
    init(_ body: (inout HeaderWriter) -> Void) {
        var counter = HeaderWriter(nil)
        body(&counter)
        self.init(
            trusting: [UInt8](unsafeUninitializedCapacity: counter.count) { buffer, count in
                var writer = HeaderWriter(UnsafeMutableRawBufferPointer(buffer))
                body(&writer)
                count = writer.count
            })
    }
}
