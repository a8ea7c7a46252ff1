import DaybookHandlers

/// The kinds of handlers that a configuration can name.
enum HandlerType: String, CaseIterable {
    case log, csv, email, sms, webhook, exec

    /// - Parameter name: the handler's, for messages.
    func read(_ name: String, _ reader: inout SettingsReader) -> any HandlerSettings {
        switch self {
        case .log: LoggingSettings(name: name, &reader)
        case .csv: CSVSettings(name: name, &reader)
        case .email: EmailSettings(name: name, &reader)
        case .sms: SMSSettings(name: name, &reader)
        case .webhook: WebhookSettings(name: name, &reader)
        case .exec: ExecSettings(name: name, &reader)
        }
    }
}
