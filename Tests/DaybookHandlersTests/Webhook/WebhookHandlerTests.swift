import Daybook
import Foundation
import LosslessJSON
import TestTools
import Testing

@testable import DaybookHandlers

@Suite struct WebhookHandlerTests {
    private static let first = "whsec_" + Data((0..<24).map { UInt8($0) }).base64EncodedString()
    private static let second = "whsec_" + Data((100..<164).map { UInt8($0) }).base64EncodedString()

    private let directory: ScratchDirectory

    init() throws {
        directory = try ScratchDirectory()
        try directory.write("first", Self.first + "\n")
        try directory.write("second", Self.second)
    }

    // MARK: - What is sent

    @Test func postsACloudEvent() async throws {
        let server = try StandInServer()
        var event = Event.sample(payload: #"{"user":"ann","n":1.10}"#)
        event.severity = .warning
        try await deliver([.created(event)], to: server)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.path == "/hook?x=1")
        #expect(request.headers["content-type"] == "application/cloudevents+json; charset=UTF-8")
        let members = try JSONMembers(request.body)
        #expect(members["specversion"]?.stringValue == "1.0")
        #expect(members["id"]?.stringValue == event.id.description)
        #expect(members["source"]?.stringValue == "sshd")
        #expect(members["type"]?.stringValue == "session.ended")
        #expect(members["severity"]?.stringValue == "warning")
        #expect(members["op"]?.stringValue == "created")
        #expect(members["datacontenttype"]?.stringValue == "application/json")
        #expect(members["data"]?.description == #"{"user":"ann","n":1.10}"#)
        // Our own reader takes it.
        #expect(try RecordDecoder.decode(try StructuredMode.binary(from: members)).event == event)
    }

    @Test func postsOtherPayloads() async throws {
        let server = try StandInServer()
        var text = Event.sample()
        text.payload = Payload(contentType: "text/plain", bytes: Array("é".utf8))
        var binary = Event.sample()
        binary.payload = Payload(contentType: "image/png", bytes: [0xFF, 0])
        try await deliver([.created(text), .created(binary), .created(.sample())], to: server)
        let bodies = try server.requests.map { try JSONMembers($0.body) }
        #expect(bodies[0]["data"]?.stringValue == "é")
        #expect(bodies[1]["data_base64"]?.stringValue == "/wA=")
        #expect(bodies[2]["data"] == nil && bodies[2]["datacontenttype"] == nil)
    }

    @Test func postsDaybooksOwnJSON() async throws {
        let server = try StandInServer()
        let event = Event.sample(payload: #"{"n":1}"#)
        try await deliver([.created(event, offset: 7)], to: server) { $0.format = .daybook }
        let request = try #require(server.requests.first)
        #expect(request.headers["content-type"] == "application/json")
        let members = try JSONMembers(request.body)
        #expect(members["position"]?.stringValue == "daybook.test:0:7")
        #expect(members["change"]?.stringValue == "created")
        #expect(members["id"]?.stringValue == event.id.description)
        #expect(members["payload"]?.description == #"{"n":1}"#)
    }

    /// The id is the same however often a record is tried, and another for another record or registration.
    @Test func namesARecordAndRegistration() {
        let event = Event.sample()
        var again = Delivery.created(event)
        again.attempt = 2
        var changed = Delivery.created(event)
        changed.entry.record.recordID += ".1"
        let ids = [
            Delivery.created(event), again, changed, .created(event, registration: "other"), .created(.sample()),
        ].map { WebhookMessage($0, .daybook).id }
        #expect(ids[0] == ids[1])
        #expect(Set(ids).count == 4)
        #expect(ids.allSatisfy { $0.hasPrefix("msg_") && !$0.contains(".") })
    }

    /// The example of the Standard Webhooks specification's libraries.
    @Test func signsAsOthersDo() throws {
        try directory.write("example", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let signer = try WebhookSigner(settings(1, secrets: ["example"]))
        let signature = signer.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func pythonVerifiesIt() async throws {
        let server = try StandInServer()
        try await deliver([.created(.sample(payload: #"{"text":"é\n"}"#))], to: server)
        let request = try #require(server.requests.first)
        guard await WebhookVerifier.isUsable else { return }
        for secret in [Self.first, Self.second] {
            #expect(try await WebhookVerifier.verify(request, secret: secret) == "session.ended")
        }
        let other = "whsec_" + Data(repeating: 1, count: 32).base64EncodedString()
        await #expect(throws: Python.Failure.self) { try await WebhookVerifier.verify(request, secret: other) }
    }

    // MARK: - What is answered

    @Test(
        arguments: [
            (200, nil), (204, nil), (299, nil), (301, "retriable"), (400, "retriable"), (401, "retriable"),
            (404, "retriable"), (410, "gone"), (429, "unavailable"), (500, "retriable"), (502, "unavailable"),
            (503, "unavailable"), (504, "unavailable"),
        ] as [(Int, String?)])
    func judges(status: Int, kind: String?) async throws {
        let server = try StandInServer { _ in .init(status: status, headers: ["retry-after": "7"], body: "because") }
        let failure = await failure { try await deliver([.created(.sample())], to: server) }
        #expect(failure?.kind == kind)
        #expect(failure?.after == (["retriable", "unavailable"].contains(kind) ? .seconds(7) : nil))
        if let failure { #expect(failure.description.hasPrefix("handlers.webhook: \(status) ")) }
        #expect(server.requests.count == 1)
    }

    @Test func followsNoRedirect() async throws {
        let other = try StandInServer()
        let server = try StandInServer { _ in
            .init(status: 307, headers: ["location": "http://127.0.0.1:\(other.port)/"])
        }
        let failure = await failure { try await deliver([.created(.sample())], to: server) }
        #expect(failure?.kind == "retriable")
        #expect(failure?.description.contains("redirects are not followed") == true)
        #expect(other.requests.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func givesUpInTime() async throws {
        let server = try StandInServer { _ in .init(isSilent: true) }
        let failure = await failure {
            try await deliver([.created(.sample())], to: server) { $0.timeout = .milliseconds(50) }
        }
        #expect(failure?.kind == "retriable")
        #expect(failure?.description.contains("no answer within") == true)
    }

    @Test func waitsForAReceiverThatIsDown() async throws {
        let receiver = try DeafPort()
        let handler = try WebhookHandler(settings(receiver.port), lookup: Self.loopback)
        try await handler.prepare()
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == "unavailable", "\(String(describing: failure))")
        withExtendedLifetime(receiver) {}
    }

    // MARK: - Where it is sent

    /// The name is looked up by us alone, and stays in the request.
    @Test func connectsToTheCheckedAddress() async throws {
        let server = try StandInServer()
        try await deliver([.created(.sample())], to: server)
        #expect(server.requests.first?.headers["host"] == "hook.invalid:\(server.port)")
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "10.0.0.1",
    ])
    func refusesPrivateAddressesAtStart(host: String) async throws {
        var settings = settings(80)
        settings.url = "http://\(host)/"
        settings.allowsPrivateAddresses = false
        let handler = try settings.makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
        #expect(error?.setting == "handlers.webhook.url")
        #expect(error?.reason.contains("no public address") == true)
    }

    /// A name server that tells a public address when it is asked for checking, and another later: what it tells later is
    /// checked, too, and nothing else is connected to.
    @Test func refusesANameThatIsBoundAnew() async throws {
        let server = try StandInServer()
        let asked = Box(0)
        let lookup = AddressLookup { _ in
            asked.withLock { $0 += 1 }
            let texts = asked.value == 1 ? ["1.1.1.1"] : ["1.1.1.1", "127.0.0.1"]
            return texts.compactMap { NetworkAddress($0) }
        }
        var settings = settings(server.port)
        settings.allowsPrivateAddresses = false
        let handler = try WebhookHandler(settings, lookup: lookup)
        try await handler.prepare()
        let failure = await failure { try await handler.handle([.created(.sample())]) }
        #expect(failure?.kind == "unavailable", "\(String(describing: failure))")
        #expect(failure?.description.contains("127.0.0.1") == true)
        #expect(server.requests.isEmpty)
    }

    /// Another of the host's addresses is tried when one does not answer.
    @Test func triesTheNextAddress() async throws {
        let server = try StandInServer()
        let lookup = AddressLookup { _ in ["127.0.0.9", "127.0.0.1"].compactMap { NetworkAddress($0) } }
        let handler = try WebhookHandler(settings(server.port), lookup: lookup)
        try await handler.prepare()
        #expect(await failure { try await handler.handle([.created(.sample())]) }?.kind == "unavailable")
        try await handler.handle([.created(.sample())])
        #expect(server.requests.count == 1)
    }

    @Test func startsWhenTheNameCannotBeLookedUp() async throws {
        let lookup = AddressLookup { host in throw AddressLookup.Failure(description: "'\(host)' is unknown") }
        let handler = try WebhookHandler(settings(80), lookup: lookup)
        try await handler.prepare()
        #expect(await failure { try await handler.handle([.created(.sample())]) }?.kind == "unavailable")
    }

    // MARK: - Secrets

    @Test(arguments: [
        "whsec_", "whsec_AAAA", "whsec_not base 64 at all", Data(repeating: 1, count: 32).base64EncodedString(),
        "whsec_" + Data(repeating: 1, count: 65).base64EncodedString(),
    ])
    func refusesASecretThatIsNone(secret: String) async throws {
        try directory.write("bad", secret)
        let handler = try settings(80, secrets: ["first", "bad"]).makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
        #expect(error?.setting == "handlers.webhook.secrets[1]")
        // But for the prefix that all have, and the message names.
        #expect(secret == "whsec_" || error?.reason.contains(secret) == false)
    }

    @Test func findsAMissingSecret() async throws {
        let handler = try settings(80, secrets: ["nowhere"]).makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
        #expect(error?.setting == "handlers.webhook.secrets")
    }

    @Test func settlesAndSendsNothingWhenDisabled() async throws {
        let server = try StandInServer()
        try await deliver([.created(.sample())], to: server) { $0.enabled = false }
        #expect(server.requests.isEmpty)
    }

    // MARK: - Helpers

    private static let loopback = AddressLookup { _ in [NetworkAddress(bytes: [127, 0, 0, 1])] }

    private func settings(_ port: Int, secrets: [String] = ["first", "second"]) -> WebhookSettings {
        WebhookSettings(
            url: "http://hook.invalid:\(port)/hook?x=1", secrets: secrets.map { .file("\(directory.path)/\($0)") },
            allowsPrivateAddresses: true, allowsHTTP: true)
    }

    private func deliver(
        _ deliveries: [Delivery], to server: StandInServer, _ change: (inout WebhookSettings) -> Void = { _ in }
    ) async throws {
        var settings = settings(server.port)
        change(&settings)
        let handler = try WebhookHandler(settings, lookup: Self.loopback)
        try await handler.prepare()
        try await handler.handle(deliveries)
        await handler.close()
    }
}
