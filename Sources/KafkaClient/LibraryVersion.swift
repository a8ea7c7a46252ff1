import CRdKafka

/// Which librdkafka this process runs with.
public enum LibraryVersion {
    /// The oldest one that has every call made here (`DescribeConsumerGroups` came with it).
    static let minimum: Int32 = 0x0200_00ff

    /// The version in use, such as `2.0.2`.
    public static var linked: String { String(cString: rd_kafka_version_str()) }

    /// Refuses a library that is too old, or older than the headers this was compiled with.
    static func check() throws {
        try check(compiled: crdkafka_compiled_version(), linked: rd_kafka_version())
    }

    static func check(compiled: Int32, linked: Int32) throws {
        let needed = max(minimum, compiled)
        // The last byte counts release candidates; a candidate of the version itself will do.
        guard linked >> 8 >= needed >> 8 else {
            throw KafkaError.invalid(
                "load librdkafka",
                "the library in use is \(text(linked)), but at least \(text(needed)) is needed; install that version")
        }
    }

    private static func text(_ version: Int32) -> String {
        "\(version >> 24 & 0xff).\(version >> 16 & 0xff).\(version >> 8 & 0xff)"
    }
}
