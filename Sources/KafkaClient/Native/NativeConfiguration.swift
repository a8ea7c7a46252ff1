import CRdKafka

/// Owner of an `rd_kafka_conf_t`, until a client has taken it over.
struct NativeConfiguration: ~Copyable {
    private let raw: OpaquePointer

    init() {
        raw = rd_kafka_conf_new()
    }

    deinit {
        rd_kafka_conf_destroy(raw)
    }

    func set(_ name: String, _ value: String, operation: String) throws {
        try withErrorText { text, size in
            let result = rd_kafka_conf_set(raw, name, value, text, size)
            if result != RD_KAFKA_CONF_OK {
                throw KafkaError.invalid(operation, "\(name)=\(value): \(String(cString: text))")
            }
        }
    }

    func withRaw<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try body(raw)
    }

    /// Makes the client. librdkafka takes the configuration over only if that succeeds.
    consuming func makeClient(_ type: rd_kafka_type_t, operation: String) throws -> OpaquePointer {
        let made = withErrorText { text, size in
            rd_kafka_new(type, raw, text, size).map { Result.success($0) }
                ?? .failure(
                    KafkaError(rd_kafka_last_error(), operation: operation, message: String(cString: text)))
        }
        switch made {
        case .success(let client):
            discard self
            return client
        case .failure(let error):
            _ = consume self
            throw error
        }
    }
}
