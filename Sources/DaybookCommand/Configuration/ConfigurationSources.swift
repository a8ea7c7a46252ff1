import Daybook

/// Where settings come from: flags over environment over file over defaults.
struct ConfigurationSources: Sendable {
    /// Where one value came from.
    enum Origin: Sendable, Equatable {
        case flag(String)
        case environment(String)
        case file(String)
        case `default`

        var text: String {
            switch self {
            case .flag(let name): "flag \(name)"
            case .environment(let name): "environment \(name)"
            case .file(let path): "file \(path)"
            case .default: "default"
            }
        }
    }

    /// By the names of settings.
    var flags: [String: SettingValue] = [:]
    /// By the names of variables.
    var environment: [String: String] = [:]
    var filePath: String?
    var file = ConfigurationFile()

    /// - Parameter file: the path given by `--config`; else that of `DAYBOOK_CONFIG` counts.
    init(flags: [String: SettingValue] = [:], environment: [String: String], file path: String? = nil) throws {
        self.flags = flags
        self.environment = environment
        filePath = path ?? environment["DAYBOOK_CONFIG"]
        if let filePath { file = try ConfigurationFile.read(filePath) }
    }

    func origin(of setting: Setting) -> Origin {
        if flags[setting.name] != nil { return .flag(setting.flag) }
        if environment[setting.environmentName] != nil { return .environment(setting.environmentName) }
        if file.values[setting.name] != nil { return .file(filePath ?? "") }
        return .default
    }

    /// - Throws: ``CommandFailure`` that names the source of a value that cannot be used.
    func configuration() throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        for setting in Setting.all {
            let written =
                flags[setting.name] ?? environment[setting.environmentName].map { .one($0) }
                ?? file.values[setting.name]
            guard let written else { continue }
            do {
                try setting.apply(written, &configuration)
            } catch {
                throw CommandFailure(.usage, "\(setting.name) (\(origin(of: setting).text)): \(error)")
            }
        }
        do {
            try readSections(&configuration)
        } catch {
            throw CommandFailure(.usage, "the configuration file \(filePath ?? ""): \(error)")
        }
        return configuration
    }

    private func readSections(_ configuration: inout ServerConfiguration) throws {
        if let section = file.sections["handlers"] { configuration.handlers = try HandlerTable(section) }
        guard let section = file.sections["registrations"] else { return }
        configuration.registrations = try RegistrationSection.read(
            section, try ServerHandlers(configuration.handlers, configuration.webhooks))
    }

    /// Variables that look like settings and are none: most likely slips of the pen.
    var unknownVariables: [String] {
        let known = Set(
            Setting.all.map(\.environmentName) + [
                "DAYBOOK_CONFIG", "DAYBOOK_SERVER", "DAYBOOK_CA_CERTIFICATE", "DAYBOOK_KAFKA", "DAYBOOK_API_KEY",
                "DAYBOOK_API_KEY_FILE",
            ])
        return environment.keys.filter { $0.hasPrefix("DAYBOOK_") && !known.contains($0) }.sorted()
    }
}
