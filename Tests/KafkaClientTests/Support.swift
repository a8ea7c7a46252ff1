import KafkaClient
import Logging
import Testing

/// What a fast consumer of a mock cluster needs: an empty fetch is held for its whole time there.
let mockProperties = ["fetch.wait.max.ms": "10"]

extension MockCluster {
    /// Without the log lines about faults that a test makes.
    func quiet(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        var configuration = configuration(properties)
        configuration.logger.logLevel = .critical
        return configuration
    }

    func producer(_ properties: [String: String] = [:]) throws -> KafkaProducer {
        try KafkaProducer(quiet(properties))
    }

    func consumer(
        _ options: KafkaConsumer.Options = .init(), _ properties: [String: String] = [:]
    ) throws -> KafkaConsumer {
        try KafkaConsumer(quiet(mockProperties.merging(properties) { $1 }), options)
    }
}

extension KafkaConsumer {
    /// Reads on until `count` messages are there.
    func read(_ count: Int) async throws -> [IncomingMessage] {
        var messages: [IncomingMessage] = []
        while messages.count < count, let batch = try await next() {
            if let failure = batch.failures.first { throw failure.error }
            messages += batch.messages
        }
        return messages
    }

    /// Reads on until the end of `partitions` partitions.
    func readToEnd(partitions: Int = 1) async throws -> (messages: [IncomingMessage], ends: [TopicPartition: Int64]) {
        var messages: [IncomingMessage] = []
        var ends: [TopicPartition: Int64] = [:]
        while ends.count < partitions, let batch = try await next() {
            if let failure = batch.failures.first { throw failure.error }
            messages += batch.messages
            for one in batch.progress where one.isAtEnd { ends[one.topicPartition] = one.position }
        }
        return (messages, ends)
    }

    /// Reads on until the end of a partition, and tells its offset.
    func readToAnEnd() async throws -> Int64 {
        try await first { $0.progress.first { $0.isAtEnd }?.position }
    }

    /// Reads on until there is a batch that `wanted` finds something in.
    func first<Found>(_ wanted: (ConsumerBatch) -> Found?) async throws -> Found {
        while let batch = try await next() {
            if let found = wanted(batch) { return found }
        }
        throw KafkaError(code: .closed, operation: "read", message: "the consumer is closed")
    }
}

extension [Result<DeliveryReport, KafkaError>] {
    var offsets: [Int64] {
        get throws { try map { try $0.get().offset } }
    }

    var errors: [KafkaError] {
        compactMap { result in
            if case .failure(let error) = result { error } else { nil }
        }
    }
}

func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
}

func message(_ value: String?, to partition: Int32 = 0, of topic: String = "t") -> OutgoingMessage {
    OutgoingMessage(topic: topic, partition: partition, value: value.map { Array($0.utf8) })
}

extension Sequence {
    func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}

/// A name no other test uses, also in another run against the same broker.
func unique(_ name: String) -> String {
    "\(name)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
}
