import DaybookHandlers

extension SMSSettings {
    init(name: String, _ reader: inout SettingsReader) {
        self.init(
            name: name, account: reader.required("account"), token: reader.requiredSecret("token"),
            from: reader.required("from"), to: reader.strings("to"))
        template = reader.template("template")
        messagesPerSecond = reader.number("messagesPerSecond") ?? messagesPerSecond
        baseURL = reader.string("baseURL") ?? baseURL
        allowsHTTP = reader.bool("allowsHTTP") ?? allowsHTTP
        timeout = reader.duration("timeout") ?? timeout
    }
}
