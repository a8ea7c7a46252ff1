extension RecordHeaders {
    /// Calls the body with an iterator over names and values, which are good only inside the call.
    public func withHeaderBytes<Result>(_ body: (inout ByteIterator) throws -> Result) rethrows -> Result {
        try packed.withUnsafeBytes { bytes in
            var iterator = ByteIterator(bytes)
            return try body(&iterator)
        }
    }

    /// Walks a packed block.
    public struct ByteIterator {
        private var rest: UnsafeRawBufferPointer
        let start: UnsafeRawPointer?

        init(_ bytes: UnsafeRawBufferPointer) {
            rest = bytes
            start = bytes.baseAddress
        }

        /// The next header (a nil value is null), or nil at the end.
        ///
        /// - Throws: ``InvalidRecord`` when the block is not well formed.
        @inline(__always)
        public mutating func next() throws -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)? {
            guard !rest.isEmpty else { return nil }
            guard rest.count >= 2 else { throw InvalidRecord("the block of headers is cut off") }
            let nameLength = Int(UInt16(littleEndian: rest.loadUnaligned(as: UInt16.self)))
            guard rest.count >= nameLength + 6 else { throw InvalidRecord("the block of headers is cut off") }
            let name = UnsafeRawBufferPointer(rebasing: rest[2..<2 + nameLength])
            let valueLength = Int(
                Int32(littleEndian: rest.loadUnaligned(fromByteOffset: 2 + nameLength, as: Int32.self)))
            let start = nameLength + 6
            guard valueLength >= 0 else {
                guard valueLength == -1 else { throw InvalidRecord("a header has a negative length") }
                rest = UnsafeRawBufferPointer(rebasing: rest[start...])
                return (name, nil)
            }
            guard rest.count >= start + valueLength else { throw InvalidRecord("the block of headers is cut off") }
            let value = UnsafeRawBufferPointer(rebasing: rest[start..<start + valueLength])
            rest = UnsafeRawBufferPointer(rebasing: rest[(start + valueLength)...])
            return (name, value)
        }
    }
}
