import Daybook
import KafkaClient
import Testing

@testable import DaybookKafka

@Suite struct KafkaURLTests {
    @Test func namesServersAndProperties() throws {
        let url = try KafkaURL(
            "kafka://one:9092,two,[::1]:19092,[::2]?security.protocol=SASL_SSL&sasl.password=a%26b%3D%25+c&linger.ms=5")
        #expect(url.servers == ["one:9092", "two:9092", "[::1]:19092", "[::2]:9092"])
        #expect(
            url.properties == ["security.protocol": "SASL_SSL", "sasl.password": "a&b=%+c", "linger.ms": "5"])
    }

    @Test(arguments: [
        ("sqlite:x", "does not begin with kafka://"),
        ("kafka://", "is no HOST:PORT"),
        ("kafka://a:9092,", "is no HOST:PORT"),
        ("kafka://a:0", "no port between 1 and 65535"),
        ("kafka://a:65536", "no port between 1 and 65535"),
        ("kafka://a:b", "no port between 1 and 65535"),
        ("kafka://a/b", "is no HOST:PORT"),
        ("kafka://user:secret@a", "a user belongs into sasl.username"),
        ("kafka://a?linger.ms", "is no PROPERTY=VALUE"),
        ("kafka://a?=5", "is no PROPERTY=VALUE"),
        ("kafka://a?x=%4", "has a % that no two hex digits follow"),
        ("kafka://a?x=%ff", "is no UTF-8"),
        ("kafka://a?x=1&x=2", "x is set twice"),
        ("kafka://a?bootstrap.servers=b", "belong before the question mark"),
        ("kafka://a?replication.factor=0", "no number above 0"),
    ])
    func saysWhatIsWrong(_ url: String, _ reason: String) {
        let error = #expect(throws: LogError.self) { try KafkaLog.Configuration(url: url) }
        #expect("\(error.map(String.init(describing:)) ?? "")".contains(reason))
    }

    @Test func keepsSecretsOutOfItsErrors() {
        let error = #expect(throws: LogError.self) {
            try KafkaLog.Configuration(url: "kafka://a?sasl.password=hunter2%zz")
        }
        #expect("\(error.map(String.init(describing:)) ?? "")".contains("hunter2") == false)
    }

    @Test func takesItsOwnPropertyOut() throws {
        let configuration = try KafkaLog.Configuration(url: "kafka://a?replication.factor=2&linger.ms=1")
        #expect(configuration.replication == 2)
        #expect(configuration.cluster.properties == ["linger.ms": "1"])
    }

    @Test func namesAnUnknownProperty() async throws {
        let error = await #expect(throws: LogError.self) { try await KafkaLog.open(url: "kafka://a?no.such=1") }
        guard case .refused(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("No such configuration property: \"no.such\""))
    }
}
