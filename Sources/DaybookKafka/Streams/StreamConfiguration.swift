import Daybook
import KafkaClient

/// A stream's clean-up as the topic configuration that it is.
struct StreamConfiguration {
    let stream: StreamSpecification
    let maximumRecordBytes: Int

    /// Kafka's own limit on a batch, unless somebody sets another.
    private static let defaultMessageBytes = 1_048_588

    private static let tombstoneMilliseconds = StreamSpecification.minimumTombstoneRetention.wholeMilliseconds

    private var messageBytes: Int { maximumRecordBytes + KafkaLog.recordOverhead }

    /// The properties a new topic is created with.
    func properties(replication: Int32) -> [String: String] {
        var properties = [
            // The log time is when the log took the record, whatever clock the publisher has.
            "message.timestamp.type": "LogAppendTime",
            // Only time may end a record: what a full disk takes away nobody would notice.
            "retention.bytes": "-1",
            // Two copies or no acknowledgement.
            "min.insync.replicas": replication > 2 ? "2" : "1",
        ]
        if messageBytes > Self.defaultMessageBytes { properties["max.message.bytes"] = String(messageBytes) }
        switch stream.cleanup {
        case .compact:
            properties["cleanup.policy"] = "compact"
            properties["delete.retention.ms"] = String(Self.tombstoneMilliseconds)
        case .delete(let retention):
            properties["cleanup.policy"] = "delete"
            properties["retention.ms"] = retention.map { String($0.wholeMilliseconds) } ?? "-1"
        }
        return properties
    }

    /// What an existing topic has that the stream must not have, and what to do about it; nil if nothing.
    /// - Parameter properties: the topic's, those with default values included.
    func mismatch(partitions: Int32, _ properties: [String: String]) -> String? {
        var differences: [String] = []
        if partitions != stream.partitions {
            differences.append(
                "it has \(partitions) partitions and should have \(stream.partitions): set the configured number to \(partitions), or use another name or prefix"
            )
        }
        func expect(_ name: String, _ wanted: String, _ reason: String = "") {
            guard let actual = properties[name], actual != wanted else { return }
            differences.append(
                "\(name) is \(actual) and should be \(wanted)\(reason): change the topic (kafka-configs --alter --entity-type topics --entity-name \(stream.name) --add-config \(name)=\(wanted)), or the configuration"
            )
        }
        switch stream.cleanup {
        case .compact:
            expect("cleanup.policy", "compact")
            if let actual = properties["delete.retention.ms"].flatMap(Int64.init), actual < Self.tombstoneMilliseconds {
                expect("delete.retention.ms", String(Self.tombstoneMilliseconds), ", so that nobody misses what ended")
            }
        case .delete(let retention):
            expect("cleanup.policy", "delete")
            expect("retention.ms", retention.map { String($0.wholeMilliseconds) } ?? "-1")
            expect("retention.bytes", "-1", ", so that only time ends a record")
        }
        expect("message.timestamp.type", "LogAppendTime", ", as log times are the broker's")
        if let limit = properties["max.message.bytes"].flatMap(Int.init), limit < messageBytes {
            expect("max.message.bytes", String(messageBytes), ", to take the largest record")
        }
        return differences.isEmpty ? nil : differences.joined(separator: "; ")
    }

    /// The clean-up that a topic's properties come to.
    static func cleanup(_ properties: [String: String]) -> StreamSpecification.Cleanup {
        if properties["cleanup.policy"]?.contains("compact") == true { return .compact }
        let milliseconds = properties["retention.ms"].flatMap(Int64.init) ?? -1
        return .delete(retention: milliseconds < 0 ? nil : .milliseconds(milliseconds))
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product + attoseconds / 1_000_000_000_000_000
    }
}
