import CRdKafka

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
    static func packed(of message: UnsafePointer<rd_kafka_message_t>) -> [UInt8] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        var total = 0
        var index = 0
        while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            index += 1
            guard let name else { continue }
            total += 6 + nameCount(name) + (value == nil ? 0 : size)
        }
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, used in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var position = 0
            index = 0
            while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
                index += 1
                guard let name else { continue }
                let count = nameCount(name)
                bytes.storeBytes(of: UInt16(count).littleEndian, toByteOffset: position, as: UInt16.self)
                position += 2
                memcpy(bytes, position, name, count)
                position += count
                let valueCount = value == nil ? -1 : Int32(clamping: size)
                bytes.storeBytes(of: valueCount.littleEndian, toByteOffset: position, as: Int32.self)
                position += 4
                if let value {
                    memcpy(bytes, position, value, size)
                    position += size
                }
            }
            used = position
        }
    }

    /// Longer names exist in no real topic; they are cut rather than trusted.
    private static func nameCount(_ name: UnsafePointer<CChar>) -> Int {
        var count = 0
        while name[count] != 0, count < UInt16.max { count += 1 }
        return count
    }

    private static func memcpy(
        _ target: UnsafeMutableRawBufferPointer, _ position: Int, _ source: UnsafeRawPointer, _ count: Int
    ) {
        target.baseAddress?.advanced(by: position).copyMemory(from: source, byteCount: count)
    }
}

/// One byte that is pointed to where librdkafka wants an address although there is nothing to read: Swift's empty
/// arrays may have none.
nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
