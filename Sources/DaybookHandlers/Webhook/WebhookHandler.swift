import AsyncHTTPClient
public import Daybook
import NIOHTTP1
import Synchronization

/// Posts each event to a URL, to the terms of [Standard Webhooks](https://www.standardwebhooks.com).
///
/// Each delivery has the headers `webhook-id` (the same each time a record is delivered for a registration),
/// `webhook-timestamp` (when it was sent) and `webhook-signature`. What the answer means:
///
/// | answer | |
/// | --- | --- |
/// | 2xx | settled |
/// | 410 | ``HandlerFailure/gone(_:)``: never again |
/// | 429, 502, 503, 504; no connection | ``HandlerFailure/unavailable(_:after:)``: all wait, as long as `Retry-After` says if it is there |
/// | all other, also 3xx and 4xx; no answer in time | ``HandlerFailure/retriable(_:after:)``, as the terms ask for |
public final class WebhookHandler: EventHandler {
    /// Of an answer's body, for the error.
    private static let quotedBytes = 300

    public let settings: WebhookSettings
    private let target: WebhookTarget
    private let connection: WebhookConnection
    private let signer = Mutex<WebhookSigner?>(nil)
    private let now: @Sendable () -> Timestamp
    private let report: @Sendable (DeliveryAttempt) -> Void

    /// - Parameter report: told of each attempt.
    /// - Throws: ``InvalidSetting``.
    public convenience init(
        _ settings: WebhookSettings, report: @escaping @Sendable (DeliveryAttempt) -> Void = { _ in }
    ) throws(InvalidSetting) {
        try self.init(settings, report: report, lookup: .system)
    }

    init(
        _ settings: WebhookSettings, report: @escaping @Sendable (DeliveryAttempt) -> Void = { _ in },
        lookup: AddressLookup, now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws(InvalidSetting) {
        self.settings = settings
        self.report = report
        self.now = now
        target = try settings.target()
        connection = WebhookConnection(
            target, remedy: settings.allowsPrivateAddresses ? nil : settings.remedy("allowsPrivateAddresses"),
            lookup: lookup)
    }

    /// Looks the secrets up, and the host: a name server that does not answer may do so later, an address that is
    /// refused is found here.
    ///
    /// - Throws: ``InvalidSetting``.
    public func prepare() async throws {
        guard settings.enabled else { return }
        let signer = try WebhookSigner(settings)
        self.signer.withLock { $0 = signer }
        do {
            _ = try await withTimeLimit(settings.timeout) { [connection] in try await connection.addresses() }
        } catch let refused as WebhookConnection.Refused {
            throw settings.invalid("url", refused.description)
        } catch is AddressLookup.Failure {
        } catch is TimeLimitReached {
        }
    }

    public func handle(_ deliveries: [Delivery]) async throws {
        guard settings.enabled else { return }
        for delivery in deliveries { try await post(delivery) }
    }

    public func close() async {
        connection.close()
    }

    /// Posts a delivery and tells what came of it.
    private func post(_ delivery: Delivery) async throws {
        let message = WebhookMessage(delivery, settings.format)
        let (time, begin) = (now(), ContinuousClock.now)
        var status: Int?
        func tell(_ error: (any Error)?) {
            report(
                DeliveryAttempt(
                    delivery, message: message.id, time: time, duration: begin.duration(to: .now), status: status,
                    error: error.map { "\($0)" }))
        }
        do {
            let answer = try await answer(to: message, at: time)
            status = answer.status
            try judge(answer)
        } catch {
            tell(error)
            throw error
        }
        tell(nil)
    }

    private func answer(to message: WebhookMessage, at time: Timestamp) async throws -> HTTPAnswer {
        guard let signer = signer.withLock({ $0 }) else { throw failure(.unavailable, "is not prepared") }
        let timestamp = time.microseconds / 1_000_000
        var request = HTTPClientRequest(url: target.url)
        request.method = .POST
        request.headers = [
            "content-type": message.contentType, "user-agent": "daybook", "webhook-id": message.id,
            "webhook-timestamp": "\(timestamp)",
            "webhook-signature": signer.signature(id: message.id, timestamp: timestamp, body: message.body),
        ]
        request.body = .bytes(message.body)
        do {
            return try await withTimeLimit(settings.timeout) { [self, request] in try await send(request) }
        } catch is TimeLimitReached {
            throw failure(.retriable, "no answer within \(settings.timeout)")
        } catch let error where error is WebhookConnection.Refused || error is AddressLookup.Failure {
            throw failure(.unavailable, "\(error)")
        } catch let error where HTTPAnswer.isUnreachable(error) {
            throw failure(.unavailable, "no connection: \(error)")
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw failure(.retriable, "\(error)")
        }
    }

    private func send(_ request: HTTPClientRequest) async throws -> HTTPAnswer {
        let held = try await connection.client()
        do {
            return try await HTTPAnswer.of(request, with: held.client, limit: Self.quotedBytes)
        } catch let error where HTTPAnswer.isUnreachable(error) {
            // The next attempt looks the name up again, and takes another of its addresses if there is one.
            connection.discard(held)
            throw error
        }
    }

    private func judge(_ answer: HTTPAnswer) throws(HandlerFailure) {
        var text = "\(answer.status) \(answer.reason)"
        if let location = answer.location, (300..<400).contains(answer.status) {
            text += ": redirects are not followed; put '\(location)' into the settings if it is right"
        } else if !answer.body.isEmpty {
            text += ": \(String(decoding: answer.body, as: UTF8.self))"
        }
        switch answer.status {
        case 200..<300: return
        case 410: throw .gone("\(settings.path): \(text)")
        case 429, 502, 503, 504: throw failure(.unavailable, text, after: answer.retryAfter)
        default: throw failure(.retriable, text, after: answer.retryAfter)
        }
    }

    private enum Outcome {
        case retriable, unavailable
    }

    private func failure(_ outcome: Outcome, _ text: String, after: Duration? = nil) -> HandlerFailure {
        let text = "\(settings.path): \(text)"
        return outcome == .retriable ? .retriable(text, after: after) : .unavailable(text, after: after)
    }
}
