import ArgumentParser
import LosslessJSON

struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the settings of a server.", subcommands: [Show.self, Reference.self])

    struct Show: Subcommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every setting, and where it comes from.",
            discussion: """
                Takes the options of `daybook serve`, and reads the same environment and file. Secrets are left out.
                """)

        @OptionGroup(title: "Settings") var settings: SettingOptions
        @OptionGroup var output: OutputOptions

        func execute() async throws {
            let sources = try settings.sources
            let configuration = try sources.configuration()
            var table = Table(["SETTING", "VALUE", "FROM"])
            for setting in Setting.all {
                let value = setting.shown(configuration)
                let origin = sources.origin(of: setting).text
                guard output.json else {
                    Console.write(table.add([setting.name, value, origin]))
                    continue
                }
                var json = JSONWriter()
                json.beginObject()
                json.text("setting", setting.name)
                json.text("value", value)
                json.text("from", origin)
                json.endObject()
                json.endLine()
                Console.write(json.bytes)
            }
            if !output.json { Console.write(table.flush()) }
        }
    }

    struct Reference: Subcommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the table of all settings as Markdown.", shouldDisplay: false)

        func execute() async throws {
            Console.write(Setting.reference)
        }
    }
}

extension Setting {
    /// All settings as a Markdown table.
    static var reference: String {
        let defaults = ServerConfiguration()
        let head = "| flag | environment | file | form | default | what it sets |\n|---|---|---|---|---|---|\n"
        return head
            + all.map { setting in
                let value = setting.shown(defaults)
                return "| `\(setting.flag)` | `\(setting.environmentName)` | `\(setting.name)` | \(setting.formName)"
                    + " | \(value.isEmpty ? "" : "`\(value)`") | \(setting.summary) |\n"
            }.joined()
    }
}
