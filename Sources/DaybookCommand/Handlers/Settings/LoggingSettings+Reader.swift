import DaybookHandlers

extension LoggingSettings {
    init(name: String, _ reader: inout SettingsReader) {
        self.init(name: name)
        label = reader.string("label") ?? label
    }
}
