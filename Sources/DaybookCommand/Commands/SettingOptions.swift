import ArgumentParser

/// The settings of a server as options; see ``Setting``.
struct SettingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A configuration file (JSON). Default: DAYBOOK_CONFIG.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("Where the embedded log is: the same as --log sqlite:DIR.", valueName: "dir"))
    var data: String?

    @Option(help: help("host")) var host: String?
    @Option(help: help("port")) var port: String?
    @Flag(help: help("insecure")) var insecure = false
    @Option(help: help("tls.certificate", "file")) var tlsCertificate: String?
    @Option(help: help("tls.key", "file")) var tlsKey: String?
    @Option(help: help("corsOrigin", "origin")) var corsOrigin: [String] = []
    @Option(help: help("rateLimit", "count")) var rateLimit: String?
    @Option(help: help("rateBurst", "count")) var rateBurst: String?
    @Option(help: help("jwt.keys", "file or url")) var jwtKeys: String?
    @Option(help: help("jwt.issuer", "text")) var jwtIssuer: String?
    @Option(help: help("jwt.audience", "text")) var jwtAudience: String?
    @Option(help: help("jwt.roleClaim", "claim")) var jwtRoleClaim: String?
    @Option(help: help("jwt.scopesClaim", "claim")) var jwtScopesClaim: String?
    @Option(help: help("log", "url")) var log: String?
    @Option(help: help("logLevel", "level")) var logLevel: String?
    @Option(help: help("prefix")) var prefix: String?
    @Option(help: help("partitions", "count")) var partitions: String?
    @Option(help: help("maximumFamilies", "count")) var maximumFamilies: String?
    @Option(help: help("rules", "rule")) var rules: [String] = []
    @Option(help: help("topics", "object")) var topics: String?
    @Option(help: help("maximumHashes", "count")) var maximumHashes: String?
    @Option(help: help("maximumRegistrations", "count")) var maximumRegistrations: String?
    @Option(help: help("publishStart", "bool")) var publishStart: String?
    @Option(help: help("maximumPayload", "bytes")) var maximumPayload: String?
    @Option(help: help("index.maximumEvents", "count")) var indexMaximumEvents: String?
    @Option(help: help("index.maximumAge", "time")) var indexMaximumAge: String?
    @Option(help: help("snapshotDirectory", "dir")) var snapshotDirectory: String?
    @Option(help: help("snapshotInterval", "time")) var snapshotInterval: String?
    @Option(help: help("http.maximumBatch", "bytes")) var httpMaximumBatch: String?
    @Option(help: help("http.maximumInWork", "bytes")) var httpMaximumInWork: String?
    @Option(help: help("http.maximumConnections", "count")) var httpMaximumConnections: String?
    @Option(help: help("http.idleTimeout", "time")) var httpIdleTimeout: String?
    @Option(help: help("http.headerTimeout", "time")) var httpHeaderTimeout: String?
    @Option(help: help("http.requestTimeout", "time")) var httpRequestTimeout: String?
    @Option(help: help("http.writeTimeout", "time")) var httpWriteTimeout: String?
    @Option(help: help("http.readTimeout", "time")) var httpReadTimeout: String?
    @Option(help: help("http.applyTimeout", "time")) var httpApplyTimeout: String?
    @Option(help: help("http.ayonVersion", "version")) var httpAyonVersion: String?
    @Option(help: help("webhooks.allowPrivateAddresses", "bool")) var webhooksAllowPrivateAddresses: String?
    @Option(help: help("webhooks.allowHttp", "bool")) var webhooksAllowHttp: String?
    @Option(help: help("shutdownTimeout", "time")) var shutdownTimeout: String?

    func validate() throws {
        if data != nil, log != nil { throw ValidationError("Give either --data or --log, not both.") }
    }

    /// What was given, by the names of the settings.
    var values: [String: SettingValue] {
        let single: [(String, String?)] = [
            ("host", host), ("port", port), ("log", log ?? data.map { "sqlite:\($0)" }), ("logLevel", logLevel),
            ("insecure", insecure ? "true" : nil), ("tls.certificate", tlsCertificate), ("tls.key", tlsKey),
            ("rateLimit", rateLimit), ("rateBurst", rateBurst), ("jwt.keys", jwtKeys), ("jwt.issuer", jwtIssuer),
            ("jwt.audience", jwtAudience), ("jwt.roleClaim", jwtRoleClaim), ("jwt.scopesClaim", jwtScopesClaim),
            ("http.headerTimeout", httpHeaderTimeout), ("http.requestTimeout", httpRequestTimeout),
            ("prefix", prefix), ("partitions", partitions), ("maximumFamilies", maximumFamilies),
            ("topics", topics), ("maximumHashes", maximumHashes), ("maximumRegistrations", maximumRegistrations),
            ("publishStart", publishStart),
            ("maximumPayload", maximumPayload),
            ("index.maximumEvents", indexMaximumEvents),
            ("index.maximumAge", indexMaximumAge), ("snapshotDirectory", snapshotDirectory),
            ("snapshotInterval", snapshotInterval),
            ("http.maximumBatch", httpMaximumBatch),
            ("http.maximumInWork", httpMaximumInWork), ("http.maximumConnections", httpMaximumConnections),
            ("http.idleTimeout", httpIdleTimeout), ("http.writeTimeout", httpWriteTimeout),
            ("http.readTimeout", httpReadTimeout), ("http.applyTimeout", httpApplyTimeout),
            ("http.ayonVersion", httpAyonVersion),
            ("webhooks.allowPrivateAddresses", webhooksAllowPrivateAddresses),
            ("webhooks.allowHttp", webhooksAllowHttp),
            ("shutdownTimeout", shutdownTimeout),
        ]
        var values: [String: SettingValue] = [:]
        for (name, text) in single { values[name] = text.map { .one($0) } }
        if !rules.isEmpty { values["rules"] = .many(rules) }
        if !corsOrigin.isEmpty { values["corsOrigin"] = .many(corsOrigin) }
        return values
    }

    var sources: ConfigurationSources {
        get throws {
            try ConfigurationSources(flags: values, environment: Environment.variables, file: config)
        }
    }

    private static func help(_ name: String, _ valueName: String? = nil) -> ArgumentHelp {
        guard let setting = Setting.named(name) else { return ArgumentHelp(stringLiteral: name) }
        let value = setting.shown(ServerConfiguration())
        let summary = setting.summary.replacing("`", with: "")
        let text = summary + (value.isEmpty ? "" : " Default: \(value).")
        return ArgumentHelp("\(text)", valueName: valueName ?? name)
    }
}
