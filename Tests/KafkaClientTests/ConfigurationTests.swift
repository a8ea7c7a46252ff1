import Testing

@testable import KafkaClient

@Suite struct ConfigurationTests {
    let cluster = KafkaConfiguration(bootstrapServers: ["localhost:1"])

    @Test func namesAnUnknownProperty() throws {
        var configuration = cluster
        configuration.properties = ["no.such.property": "1"]
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(configuration) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("No such configuration property: \"no.such.property\"") == true)
    }

    @Test func namesAWrongValue() throws {
        var configuration = cluster
        configuration.properties = ["linger.ms": "soon"]
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(configuration) }
        #expect(error?.message.hasPrefix("linger.ms=soon: ") == true)
    }

    @Test func explainsPropertiesThatDoNotFitTogether() throws {
        var configuration = cluster
        configuration.properties = ["acks": "1"]
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(configuration) }
        #expect(error?.message.contains("acks") == true)
    }

    @Test(arguments: ["enable.idempotence", "transactional.id"])
    func refusesWhatAClientDependsOn(_ property: String) throws {
        var configuration = cluster
        configuration.properties = [property: "false"]
        let error = #expect(throws: KafkaError.self) {
            try KafkaTransactionalProducer(configuration, transactionalID: "x")
        }
        #expect(error?.message.contains("depends on it") == true)
    }

    @Test func acceptsARequiredPropertyThatIsRepeated() async throws {
        var configuration = cluster
        configuration.properties = ["enable.idempotence": "true"]
        await (try KafkaProducer(configuration)).close()
    }

    @Test func needsAServer() {
        #expect(throws: KafkaError.self) { try KafkaProducer(KafkaConfiguration(bootstrapServers: [])) }
    }

    @Test func refusesALibraryThatIsTooOld() throws {
        #expect(throws: Never.self) { try LibraryVersion.check() }
        #expect(throws: Never.self) { try LibraryVersion.check(compiled: 0x0200_02ff, linked: 0x0200_02ff) }
        #expect(throws: Never.self) { try LibraryVersion.check(compiled: 0x0200_02ff, linked: 0x0203_00ff) }
        let error = #expect(throws: KafkaError.self) {
            try LibraryVersion.check(compiled: 0x0200_02ff, linked: 0x0109_02ff)
        }
        #expect(error?.message.contains("is 1.9.2, but at least 2.0.2") == true)
        #expect(throws: KafkaError.self) { try LibraryVersion.check(compiled: 0x0203_00ff, linked: 0x0200_02ff) }
    }

    @Test func convertsTimeLimits() {
        #expect(Duration.seconds(10).milliseconds == 10_000)
        #expect(Duration.microseconds(1).milliseconds == 1)
        #expect(Duration.zero.milliseconds == 0)
        #expect(Duration.seconds(-1).milliseconds == 0)
        #expect(Duration.seconds(1 << 40).milliseconds == .max)
    }
}
