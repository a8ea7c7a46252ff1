import Daybook
import DaybookHandlers
import LosslessJSON

/// The webhook of one registration, made from its settings.
struct RegistrationWebhook: EventHandler {
    private let base: WebhookHandler

    /// - Throws: ``InvalidRegistration``, naming `settings.…`.
    init(
        _ registration: Registration, _ rules: WebhookRules, report: @escaping @Sendable (DeliveryAttempt) -> Void
    ) throws(InvalidRegistration) {
        guard let members = registration.settings.members else {
            throw InvalidRegistration([FieldProblem("settings", "bad_type", "must be an object")])
        }
        var reader = SettingsReader("settings", members)
        let settings = WebhookSettings(of: registration.name, rules, &reader)
        try reader.finish()
        do throws(InvalidSetting) {
            base = try WebhookHandler(settings, report: report)
        } catch {
            throw Self.invalid(error, settings)
        }
    }

    func prepare() async throws {
        do {
            try await base.prepare()
        } catch let error as InvalidSetting {
            throw Self.invalid(error, base.settings)
        }
    }

    func handle(_ deliveries: [Delivery]) async throws { try await base.handle(deliveries) }
    func close() async { await base.close() }

    private static func invalid(_ error: InvalidSetting, _ settings: WebhookSettings) -> InvalidRegistration {
        let name = error.setting.dropFirst(settings.path.count)
        return InvalidRegistration([FieldProblem("settings\(name)", "bad_value", error.reason)])
    }
}
