import Daybook
import Testing

@testable import DaybookKafka

@Suite struct StreamConfigurationTests {
    private func configuration(
        _ cleanup: StreamSpecification.Cleanup, maximum: Int = 1_000_000
    ) -> StreamConfiguration {
        StreamConfiguration(
            stream: StreamSpecification(name: "orders", partitions: 4, cleanup: cleanup), maximumRecordBytes: maximum)
    }

    @Test func becomesTopicProperties() {
        #expect(
            configuration(.delete(retention: .seconds(3600))).properties(replication: 3) == [
                "cleanup.policy": "delete", "retention.ms": "3600000", "retention.bytes": "-1",
                "message.timestamp.type": "LogAppendTime", "min.insync.replicas": "2",
            ])
        #expect(configuration(.delete(retention: nil)).properties(replication: 1)["retention.ms"] == "-1")
        #expect(configuration(.delete(retention: nil)).properties(replication: 1)["min.insync.replicas"] == "1")
        let compact = configuration(.compact, maximum: 2_000_000).properties(replication: 2)
        #expect(compact["cleanup.policy"] == "compact")
        #expect(compact["retention.ms"] == nil)
        #expect(compact["max.message.bytes"] == "2004096")
    }

    @Test(arguments: [
        StreamSpecification.Cleanup.compact, .delete(retention: nil), .delete(retention: .milliseconds(1500)),
    ])
    func whatItCreatesFits(_ cleanup: StreamSpecification.Cleanup) {
        let wanted = configuration(cleanup)
        let properties = wanted.properties(replication: 3)
        #expect(wanted.mismatch(partitions: 4, properties) == nil)
        #expect(StreamConfiguration.cleanup(properties) == cleanup)
    }

    @Test(arguments: [
        ("cleanup.policy", "compact"), ("cleanup.policy", "compact,delete"), ("retention.ms", "1"),
        ("retention.bytes", "1000"), ("message.timestamp.type", "CreateTime"), ("max.message.bytes", "1000"),
    ])
    func explainsWhatDiffers(_ property: String, _ value: String) throws {
        let wanted = configuration(.delete(retention: .seconds(60)))
        var properties = wanted.properties(replication: 1)
        properties["max.message.bytes"] = "1048588"
        #expect(wanted.mismatch(partitions: 4, properties) == nil)
        properties[property] = value
        let reason = try #require(wanted.mismatch(partitions: 4, properties))
        #expect(reason.contains("\(property) is \(value) and should be "))
        #expect(reason.contains("kafka-configs --alter"))
    }

    /// Who follows a compacted stream from where it stood must be told what has ended since.
    @Test func tombstonesStayForADayAtLeast() throws {
        let wanted = configuration(.compact)
        var properties = wanted.properties(replication: 1)
        for fitting in ["86400000", "864000000", nil] {
            properties["delete.retention.ms"] = fitting
            #expect(wanted.mismatch(partitions: 4, properties) == nil)
        }
        properties["delete.retention.ms"] = "3600000"
        let reason = try #require(wanted.mismatch(partitions: 4, properties))
        #expect(reason.contains("delete.retention.ms is 3600000 and should be 86400000"))
    }

    @Test func explainsAnotherNumberOfPartitions() throws {
        let wanted = configuration(.compact)
        let reason = try #require(wanted.mismatch(partitions: 6, wanted.properties(replication: 1)))
        #expect(reason.contains("it has 6 partitions and should have 4"))
    }
}
