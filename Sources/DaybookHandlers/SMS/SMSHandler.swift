import AsyncHTTPClient
public import Daybook
import FoundationEssentials
import LosslessJSON
import NIOHTTP1
import Synchronization

/// Sends a text message for each event to each recipient, through Twilio's Messages API.
///
/// | Twilio's answer | |
/// | --- | --- |
/// | 2xx | sent |
/// | 401, 429, 502, 503, 504; no connection | ``HandlerFailure/unavailable(_:after:)``: all wait, as long as `Retry-After` says if it is there. (401 is a wrong token, and no event's fault) |
/// | 3xx, 408, other 5xx; no answer in time | ``HandlerFailure/retriable(_:after:)`` |
/// | all other 4xx | ``HandlerFailure/permanent(_:)`` with Twilio's code and message, after the other recipients had theirs |
///
/// When a delivery is tried again, those who had the message do not get it a second time, as long as this process runs.
/// (A message whose answer was lost may come twice.)
public final class SMSHandler: EventHandler {
    private static let answerBytes = 64 << 10

    public let settings: SMSSettings
    private let fields: DatasetFields
    private let url: String
    private let rate: RateLimit
    private let ready = Mutex<Ready?>(nil)
    private let progress = Mutex(SMSProgress())

    private struct Ready: Sendable {
        var client: HeldHTTPClient
        var template: SMSTemplate
        var authorization: String
    }

    /// - Parameter fields: what a topic's datasets consist of; nil for a topic that declares nothing.
    /// - Throws: ``InvalidSetting``.
    public init(
        _ settings: SMSSettings, fields: @escaping DatasetFields = { _ in nil }
    ) throws(InvalidSetting) {
        self.settings = settings
        self.fields = fields
        url = try settings.target()
        _ = try SMSTemplate(settings, readingFiles: false)
        rate = RateLimit(perSecond: settings.messagesPerSecond)
    }

    /// Looks the token up and reads the template.
    ///
    /// - Throws: ``InvalidSetting``.
    public func prepare() async throws {
        guard settings.enabled else { return }
        let template = try SMSTemplate(settings, readingFiles: true)
        let token = try settings.token.resolve(setting: settings.invalid("token", "").setting)
        let login = Data("\(settings.account):\(token)".utf8).base64EncodedString()
        let client = HeldHTTPClient(HTTPAnswer.configuration)
        ready.withLock { $0 = Ready(client: client, template: template, authorization: "Basic \(login)") }
    }

    public func handle(_ deliveries: [Delivery]) async throws {
        guard settings.enabled else { return }
        for delivery in deliveries { try await send(delivery) }
    }

    public func close() async {
        ready.withLock { $0 = nil }
    }

    private func send(_ delivery: Delivery) async throws {
        guard let ready = ready.withLock({ $0 }) else { throw HandlerFailure.unavailable(named("is not prepared")) }
        let text = ready.template.render(delivery, fields)
        guard !text.isEmpty else { throw HandlerFailure.permanent(named("the template makes an empty text of it")) }
        let record = delivery.entry.record.recordID
        var entry = progress.withLock { $0[record] }
        for number in settings.to where !entry.done.contains(number) {
            do {
                try await post(text, to: number, ready)
            } catch HandlerFailure.permanent(let reason) {
                entry.refusals.append("\(number): \(reason)")
            }
            entry.done.insert(number)
            let state = entry
            progress.withLock { $0[record] = state }
        }
        progress.withLock { $0.forget(record) }
        if !entry.refusals.isEmpty {
            throw HandlerFailure.permanent(named(entry.refusals.joined(separator: "; ")))
        }
    }

    private func post(_ text: String, to number: String, _ ready: Ready) async throws {
        try await rate.wait()
        let sender = settings.from.hasPrefix("MG") ? "MessagingServiceSid" : "From"
        let form = [("To", number), (sender, settings.from), ("Body", text)]
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "authorization": ready.authorization, "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json", "user-agent": "daybook",
        ]
        request.body = .bytes(Array(form.map { "\($0.0)=\(Self.encode($0.1))" }.joined(separator: "&").utf8))
        let answer: HTTPAnswer
        do {
            answer = try await withTimeLimit(settings.timeout) { [request] in
                try await HTTPAnswer.of(request, with: ready.client.client, limit: Self.answerBytes)
            }
        } catch is TimeLimitReached {
            throw HandlerFailure.retriable(named("no answer within \(settings.timeout)"))
        } catch let error where HTTPAnswer.isUnreachable(error) {
            throw HandlerFailure.unavailable(named("no connection: \(error)"))
        } catch {
            try Task.checkCancellation()
            throw HandlerFailure.retriable(named("\(error)"))
        }
        try judge(answer)
    }

    private func judge(_ answer: HTTPAnswer) throws(HandlerFailure) {
        let text = "\(answer.status) \(answer.reason)\(Self.reason(of: answer.body).map { ": \($0)" } ?? "")"
        switch answer.status {
        case 200..<300: return
        case 401, 429, 502, 503, 504: throw .unavailable(named(text), after: answer.retryAfter)
        case 408: throw .retriable(named(text), after: answer.retryAfter)
        case 400..<500: throw .permanent(text)
        default: throw .retriable(named(text), after: answer.retryAfter)
        }
    }

    /// Twilio's own words: `{"code":21211,"message":"…"}`.
    private static func reason(of body: [UInt8]) -> String? {
        guard let members = try? JSONMembers(body) else { return nil }
        let parts = [members["code"]?.numberText.map { "error \($0)" }, members["message"]?.stringValue]
        let known = parts.compactMap { $0 }
        return known.isEmpty ? nil : known.joined(separator: ": ")
    }

    /// Percent-encodes all but RFC 3986's unreserved characters.
    private static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private func named(_ reason: String) -> String { "handlers.\(settings.name): \(reason)" }
}
