import CRdKafka

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Translates between ``PackedHeaders`` and librdkafka's header lists. Empty headers are no list at all.
enum NativeHeaders {
    /// A list for one message, or nil if there are none. The caller owns it until a produce call has succeeded.
    static func make(_ packed: [UInt8]) throws -> OpaquePointer? {
        if packed.isEmpty { return nil }
        guard let list = rd_kafka_headers_new(16) else { return nil }
        var refused = RD_KAFKA_RESP_ERR_NO_ERROR
        let valid = packed.withUnsafeBytes { bytes in
            PackedHeaders.forEach(in: bytes) { name, value in
                let code = rd_kafka_header_add(
                    list, name.baseAddress?.assumingMemoryBound(to: CChar.self), name.count,
                    // Empty is a pointer with length 0; null is no pointer.
                    value.map { $0.baseAddress ?? emptyBytes }, value?.count ?? 0)
                if code != RD_KAFKA_RESP_ERR_NO_ERROR { refused = code }
            }
        }
        guard valid, refused == RD_KAFKA_RESP_ERR_NO_ERROR else {
            destroy(list)
            throw valid
                ? KafkaError(refused, operation: "add headers")
                : KafkaError.invalid("add headers", "the packed headers are not well-formed")
        }
        return list
    }

    static func destroy(_ list: OpaquePointer) {
        rd_kafka_headers_destroy(list)
    }

    /// The headers of a received message. They belong to the message, so they are copied.
    /// - Parameter scratch: room to put them together in, used for one message after the other.
    static func packed(of message: UnsafePointer<rd_kafka_message_t>, _ scratch: inout Scratch) -> [UInt8] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        scratch.count = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        var index = 0
        while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            index += 1
            guard let name else { continue }
            // Longer names exist in no real topic; they are cut rather than trusted.
            let nameCount = min(strlen(name), Int(UInt16.max))
            let valueCount = value == nil ? 0 : size
            scratch.reserve(nameCount + valueCount + 6)
            scratch.append(UInt16(truncatingIfNeeded: nameCount).littleEndian)
            scratch.append(name, nameCount)
            scratch.append((value == nil ? -1 : Int32(truncatingIfNeeded: valueCount)).littleEndian)
            if let value { scratch.append(value, valueCount) }
        }
        return [UInt8](scratch.bytes)
    }

    /// Bytes that grow.
    struct Scratch: ~Copyable {
        private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        var count = 0

        deinit {
            buffer.deallocate()
        }

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

        mutating func reserve(_ more: Int) {
            guard count + more > buffer.count else { return }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * (count + more), alignment: 1)
            larger.copyMemory(from: bytes)
            buffer.deallocate()
            buffer = larger
        }

        mutating func append(_ number: some FixedWidthInteger & BitwiseCopyable) {
            buffer.storeBytes(of: number, toByteOffset: count, as: type(of: number))
            count += MemoryLayout.size(ofValue: number)
        }

        mutating func append(_ source: UnsafeRawPointer, _ size: Int) {
            buffer.baseAddress?.advanced(by: count).copyMemory(from: source, byteCount: size)
            count += size
        }
    }
}

/// One byte that is pointed to where librdkafka wants an address although there is nothing to read: Swift's empty
/// arrays may have none.
nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
