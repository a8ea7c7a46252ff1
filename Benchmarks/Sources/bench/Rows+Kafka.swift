extension Row {
    /// The same records with the same headers, produced by C through the same library. Both sides keep the library's
    /// queue filled; what is measured ends with the last acknowledgement.
    static let kafkaPublish = kafkaPublish(
        "kafka-publish", "librdkafka from C, the same settings", baseline: producerSettings,
        target: .ratioAtLeast(0.8))

    /// What it costs that Daybook's producer has one request at a time under way, because two may lose a message.
    static let kafkaPublishDefaults = kafkaPublish(
        "kafka-publish-defaults", "librdkafka from C, idempotent, 5 requests at once",
        baseline: ["enable.idempotence=true"], target: nil)

    static let producerSettings = [
        "enable.idempotence=true", "acks=all", "max.in.flight.requests.per.connection=1", "linger.ms=0",
        "socket.nagle.disable=true", "message.timeout.ms=0",
    ]

    private static func kafkaPublish(
        _ name: String, _ title: String, baseline settings: [String], target: Target?
    ) -> Row {
        Row(
            name: name, title: "Publish to Kafka, 16 batches of 1000 at a time, acknowledged by all replicas",
            baseline: title, unit: .perSecond, targets: target.map { [$0] } ?? [], needsBroker: true
        ) { bench in
            let broker = try bench.requiredBroker
            let count = bench.scale.kafkaRecords
            let raw = try bench.kafkaStream("\(name)-raw")
            return Sides(
                daybook: try bench.daybook(
                    "kafka-publish",
                    [
                        "--broker", broker, "--prefix", bench.kafkaName(name), "--events", "\(count)",
                        "--batch", "1000", "--concurrency", "16",
                    ]),
                baseline: try bench.baseline(
                    "kafka-produce",
                    [
                        "records=\(try bench.publishedRecords(count).path)", "topic=\(raw)",
                        "bootstrap.servers=\(broker)",
                    ] + settings),
                remarks: ["The broker runs beside both sides."])
        }
    }

    static let kafkaRead = Row(
        name: "kafka-read", title: "Read a Kafka stream from its beginning, every record decoded into an event",
        baseline: "librdkafka from C, headers parsed", unit: .perSecond, targets: [.ratioAtLeast(0.7)],
        needsBroker: true
    ) { bench in
        let broker = try bench.requiredBroker
        let count = bench.scale.kafkaRecords
        let stream = try bench.kafkaStream("kafka-read")
        let source = try bench.baseline(
            "kafka-produce",
            [
                "records=\(try bench.publishedRecords(count).path)", "topic=\(stream)", "bootstrap.servers=\(broker)",
            ] + producerSettings)
        _ = try source.round()
        source.stop()
        return Sides(
            daybook: try bench.daybook(
                "kafka-read", ["--broker", broker, "--stream", stream, "--records", "\(count)"]),
            baseline: try bench.baseline(
                "kafka-consume", consumerSettings(stream, count, broker)),
            remarks: ["The broker runs beside both sides; connecting and finding the partitions' leaders included."])
    }

    static let kafkaRegistration = Row(
        name: "kafka-registration", title: "Events handed to the handler of a registration on Kafka, from the first on",
        baseline: "librdkafka from C, headers parsed", unit: .perSecond, targets: [.ratioAtLeast(0.6)],
        needsBroker: true
    ) { bench in
        let broker = try bench.requiredBroker
        let count = bench.scale.kafkaRecords
        let prefix = bench.kafkaName("kafka-registration")
        // It publishes what both sides read.
        let registration = try bench.daybook(
            "callbacks",
            [
                "--broker", broker, "--prefix", prefix, "--events", "\(count)", "--callbacks", "1", "--batch", "1000",
            ])
        return Sides(
            daybook: registration,
            baseline: try bench.baseline(
                "kafka-consume", consumerSettings("\(prefix).\(Workload.family)", count, broker)),
            remarks: [
                "The broker runs beside both sides. Joining the group is included, and positions are committed; the C"
                    + " program has its partitions assigned and commits nothing."
            ])
    }

    private static func consumerSettings(_ stream: String, _ count: Int, _ broker: String) -> [String] {
        [
            "topic=\(stream)", "partitions=\(Workload.partitions)", "records=\(count)",
            "bootstrap.servers=\(broker)", "isolation.level=read_committed", "enable.auto.commit=false",
            "enable.partition.eof=true", "queued.min.messages=10000000", "queued.max.messages.kbytes=32768",
            "socket.nagle.disable=true",
        ]
    }
}

extension Bench {
    var requiredBroker: String {
        get throws {
            guard let broker else { throw BenchError("there is no broker") }
            return broker
        }
    }

    /// What the names of this run's streams for a row start with.
    func kafkaName(_ row: String) -> String { "\(kafkaPrefix)-\(row)" }

    /// Makes a stream for the C programs, as Daybook would.
    func kafkaStream(_ row: String) throws -> String {
        let name = "\(kafkaName(row)).\(Workload.family)"
        try Program.run("\(programs)/bench", ["kafka-streams", "--broker", try requiredBroker, "--create", name])
        return name
    }

    /// Leaves the broker as it was found.
    func deleteKafkaStreams() {
        guard let broker else { return }
        _ = try? Program.run("\(programs)/bench", ["kafka-streams", "--broker", broker, "--delete", "\(kafkaPrefix)-"])
    }
}
