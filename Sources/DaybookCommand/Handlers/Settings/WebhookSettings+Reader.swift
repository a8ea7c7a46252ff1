import Daybook
import DaybookHandlers

extension WebhookSettings {
    /// A handler's of the configuration.
    init(name: String, _ reader: inout SettingsReader) {
        self.init(name: name, url: reader.required("url"), secrets: reader.secrets("secrets"))
        readCommon(&reader)
        allowsPrivateAddresses = reader.bool("allowsPrivateAddresses") ?? allowsPrivateAddresses
        allowsHTTP = reader.bool("allowsHTTP") ?? allowsHTTP
    }

    /// A registration's own. Whoever makes a registration does not decide what the server may connect to: the server's
    /// settings do.
    init(of registration: String, _ rules: WebhookRules, _ reader: inout SettingsReader) {
        self.init(
            name: registration, path: "registrations.\(registration)", url: reader.required("url"),
            secrets: reader.secrets("secrets"), allowsPrivateAddresses: rules.allowsPrivateAddresses,
            allowsHTTP: rules.allowsHTTP)
        readCommon(&reader)
    }

    private mutating func readCommon(_ reader: inout SettingsReader) {
        format = reader.choice("format") ?? format
        timeout = reader.duration("timeout") ?? timeout
    }
}
