import Daybook
import DaybookHandlers

extension CSVSettings {
    init(name: String, _ reader: inout SettingsReader) {
        self.init(name: name, directory: reader.required("directory"))
        batchSize = reader.integer("batchSize", in: 1...100_000) ?? batchSize
        maximumOpenFiles = reader.integer("maximumOpenFiles", in: 1...100_000) ?? maximumOpenFiles
        _ = reader.section("rotation") { reader in
            rotation.atStart = reader.bool("atStart") ?? rotation.atStart
            rotation.maximumBytes = reader.bytes("maximumBytes")
            rotation.daily = reader.bool("daily") ?? rotation.daily
            rotation.kept = reader.integer("kept", in: 1...9999) ?? rotation.kept
        }
        switch reader.string("sync") {
        case nil: break
        case "never": sync = .never
        case "eachBatch": sync = .eachBatch
        case let text?:
            if let period = DurationText.parse(text) {
                sync = .every(period)
            } else {
                reader.fail("sync", "'\(text)' is neither never, eachBatch nor a time span such as 250ms or 2s")
            }
        }
    }
}
