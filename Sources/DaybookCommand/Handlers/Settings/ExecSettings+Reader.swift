import DaybookHandlers

extension ExecSettings {
    init(name: String, _ reader: inout SettingsReader) {
        self.init(name: name, program: reader.required("program"))
        arguments = reader.strings("arguments")
        environment = reader.texts("environment")
        secrets = reader.secretTexts("secrets")
        directory = reader.string("directory")
        acknowledges = reader.bool("acknowledges") ?? acknowledges
        batchSize = reader.integer("batchSize", in: 1...100_000) ?? batchSize
        timeout = reader.duration("timeout") ?? timeout
        firstPause = reader.duration("firstPause") ?? firstPause
        longestPause = reader.duration("longestPause") ?? longestPause
    }
}
