import Daybook
import Foundation
import LosslessJSON
import TestTools
import Testing

@testable import DaybookHandlers

@Suite struct SMSHandlerTests {
    private let directory: ScratchDirectory

    init() throws {
        directory = try ScratchDirectory()
        try directory.write("token", "t0k:en\n")
    }

    @Test func postsAForm() async throws {
        let server = try StandInServer { _ in .init(status: 201) }
        var event = Event.sample()
        event.description = "50% & more = é+"
        event.severity = .error
        try await send([.created(event)], to: server)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.path == "/2010-04-01/Accounts/AC123/Messages.json")
        let login = Data("AC123:t0k:en".utf8).base64EncodedString()
        #expect(request.headers["authorization"] == "Basic \(login)")
        #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
        #expect(
            Self.form(request) == [
                "To": "+15005550010", "From": "+15005550006",
                "Body": "ERROR 1970-01-01T00:00:00.000000+00:00 50% & more = é+",
            ])
    }

    @Test func takesATemplateAndAMessagingService() async throws {
        let server = try StandInServer()
        try await send([.created(.sample(payload: #"{"user":"<ann>"}"#))], to: server) { settings in
            settings.from = "MG77"
            settings.template = "{{topic}} of {{payload.user}}\n"
        }
        let form = Self.form(try #require(server.requests.first))
        #expect(form["MessagingServiceSid"] == "MG77" && form["From"] == nil)
        #expect(form["Body"] == "session.ended of <ann>")
    }

    @Test func cutsLongTexts() {
        #expect(SMSTemplate.cut(String(repeating: "a", count: 1600)).count == 1600)
        let cut = SMSTemplate.cut(String(repeating: "a", count: 1601))
        #expect(cut.count == 1600 && cut.hasSuffix("a…"))
        // Never in the middle of a character.
        let faces = SMSTemplate.cut(String(repeating: "👩‍👩‍👧", count: 400))
        #expect(faces.utf16.count <= 1600)
        #expect(faces.dropLast().allSatisfy { $0 == "👩‍👩‍👧" })
    }

    @Test func sendsToAll() async throws {
        let server = try StandInServer()
        try await send([.created(.sample())], to: server) { $0.to = ["+15005550010", "+15005550011"] }
        #expect(server.requests.map { Self.form($0)["To"] } == ["+15005550010", "+15005550011"])
    }

    @Test(
        arguments: [
            (200, nil), (201, nil), (302, "retriable"), (400, "permanent"), (401, "unavailable"), (404, "permanent"),
            (408, "retriable"), (429, "unavailable"), (500, "retriable"), (502, "unavailable"), (503, "unavailable"),
        ] as [(Int, String?)])
    func judges(status: Int, kind: String?) async throws {
        let server = try StandInServer { _ in
            .init(status: status, headers: ["retry-after": "7"], body: #"{"code":21211,"message":"Invalid 'To'"}"#)
        }
        let failure = await failure { try await send([.created(.sample())], to: server) }
        #expect(failure?.kind == kind)
        #expect(failure?.after == (["retriable", "unavailable"].contains(kind) ? .seconds(7) : nil))
        if let failure {
            #expect(failure.description.contains("\(status) "))
            #expect(failure.description.hasSuffix(": error 21211: Invalid 'To'"))
            #expect(!failure.description.contains("t0k"))
        }
    }

    /// A wrong number does not keep the others from their message, and nobody gets it twice when it is tried again.
    @Test func goesOnWithTheOthers() async throws {
        let isDown = Box(true)
        let server = try StandInServer { request in
            switch Self.form(request)["To"] {
            case "+15005550010": .init(status: 400, body: #"{"code":21211,"message":"no number"}"#)
            case "+15005550012": .init(status: isDown.value ? 503 : 201)
            default: .init(status: 201)
            }
        }
        let handler = try SMSHandler(
            settings(server.port, to: ["+15005550010", "+15005550011", "+15005550012"]))
        try await handler.prepare()
        let delivery = Delivery.created(.sample())
        #expect(await failure { try await handler.handle([delivery]) }?.kind == "unavailable")
        isDown.value = false
        let last = await failure { try await handler.handle([delivery]) }
        #expect(last?.kind == "permanent")
        #expect(last?.description.contains("+15005550010: 400 Bad Request: error 21211: no number") == true)
        #expect(
            server.requests.map { Self.form($0)["To"] }
                == ["+15005550010", "+15005550011", "+15005550012", "+15005550012"])
        await handler.close()
    }

    @Test func spreadsMessages() {
        let rate = RateLimit(perSecond: 4)
        let start = ContinuousClock.now + .seconds(1)
        let times = (0..<3).map { _ in rate.reserve(now: start) }
        #expect(times == [start, start + .milliseconds(250), start + .milliseconds(500)])
        #expect(rate.reserve(now: start + .seconds(9)) == start + .seconds(9))
    }

    @Test(.timeLimit(.minutes(1))) func keepsToTheRate() async throws {
        let server = try StandInServer()
        let start = ContinuousClock.now
        try await send((0..<4).map { _ in .created(.sample()) }, to: server) { $0.messagesPerSecond = 50 }
        #expect(start.duration(to: .now) >= .milliseconds(60))
    }

    @Test(.timeLimit(.minutes(1))) func givesUpInTime() async throws {
        let server = try StandInServer { _ in .init(isSilent: true) }
        let failure = await failure {
            try await send([.created(.sample())], to: server) { $0.timeout = .milliseconds(50) }
        }
        #expect(failure?.kind == "retriable")
    }

    @Test func waitsForAServiceThatIsDown() async throws {
        // Nobody listens there.
        let handler = try SMSHandler(settings(1))
        try await handler.prepare()
        #expect(await failure { try await handler.handle([.created(.sample())]) }?.kind == "unavailable")
        await handler.close()
    }

    @Test func findsSettingsThatCannotBe() async throws {
        func setting(_ change: (inout SMSSettings) -> Void) -> String? {
            var settings = settings(1)
            change(&settings)
            do {
                _ = try settings.makeHandler()
                return nil
            } catch {
                return (error as? InvalidSetting)?.setting
            }
        }
        #expect(setting { _ in } == nil)
        #expect(setting { $0.account = "A/../C" } == "handlers.sms.account")
        #expect(setting { $0.from = "me" } == "handlers.sms.from")
        #expect(setting { $0.to = [] } == "handlers.sms.to")
        #expect(setting { $0.to = ["0171"] } == "handlers.sms.to")
        #expect(setting { $0.to = ["+15005550010", "+15005550010"] } == "handlers.sms.to")
        #expect(setting { $0.messagesPerSecond = 0 } == "handlers.sms.messagesPerSecond")
        #expect(setting { $0.allowsHTTP = false } == "handlers.sms.baseURL")
        #expect(setting { $0.baseURL = "api.twilio.com" } == "handlers.sms.baseURL")
        #expect(setting { $0.template = "{{#a}}" } == "handlers.sms.template")
        #expect(setting { $0.timeout = .zero } == "handlers.sms.timeout")
        var missing = settings(1)
        missing.token = .file("/nowhere")
        let handler = try missing.makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
        #expect(error?.setting == "handlers.sms.token")
    }

    // MARK: - Helpers

    private func settings(_ port: Int, to: [String] = ["+15005550010"]) -> SMSSettings {
        SMSSettings(
            account: "AC123", token: .file("\(directory.path)/token"), from: "+15005550006", to: to,
            messagesPerSecond: 1e6, baseURL: "http://127.0.0.1:\(port)", allowsHTTP: true)
    }

    private func send(
        _ deliveries: [Delivery], to server: StandInServer, _ change: (inout SMSSettings) -> Void = { _ in }
    ) async throws {
        var settings = settings(server.port)
        change(&settings)
        let handler = try SMSHandler(settings)
        try await handler.prepare()
        try await handler.handle(deliveries)
        await handler.close()
    }

    private static func form(_ request: StandInServer.Request) -> [String: String] {
        var form: [String: String] = [:]
        for pair in request.text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            form[String(parts[0])] = parts.count == 2 ? String(parts[1]).removingPercentEncoding : ""
        }
        return form
    }
}
