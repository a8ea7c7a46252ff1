import ArgumentParser

/// Which server, or which log, a command works on.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server. Default: DAYBOOK_SERVER, or http://127.0.0.1:8080.", valueName: "url"))
    var server: String?

    @OptionGroup var trust: TrustOptions

    @Option(
        help: ArgumentHelp(
            "Work straight on a log instead (\(LogLocation.forms)); an embedded one must not be open elsewhere.",
            valueName: "url"))
    var log: String?

    @Option(help: ArgumentHelp("With --log: a configuration file, as for `daybook serve`.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "The API key. Default: DAYBOOK_API_KEY, which other users of the machine do not see.", valueName: "key"))
    var apiKey: String?

    @Option(
        help: ArgumentHelp(
            "A file with the API key. Default: DAYBOOK_API_KEY_FILE.", valueName: "file"))
    var apiKeyFile: String?

    func validate() throws {
        if apiKey != nil, apiKeyFile != nil {
            throw ValidationError("Give either --api-key or --api-key-file, not both.")
        }
        if log != nil, apiKey != nil || apiKeyFile != nil {
            throw ValidationError("With --log no key is needed: who has the log has all that is in it.")
        }
        if server != nil, log != nil { throw ValidationError("Give either --server or --log, not both.") }
        if config != nil, log == nil { throw ValidationError("--config is for use with --log.") }
    }

    /// Hands a client to the body: of the server, or of one of the command's own on the log.
    ///
    /// - Parameter usingSnapshots: whether a server of the command's own may take the index from a snapshot.
    func withClient<Outcome>(
        usingSnapshots: Bool = true, _ body: (DaybookClient) async throws -> Outcome
    ) async throws -> Outcome {
        guard let log else {
            return try await DaybookClient.with(
                server: try serverURL, apiKey: try key, authority: trust.authority, body)
        }
        let sources = try ConfigurationSources(
            flags: ["log": .one(log)], environment: Environment.variables, file: config)
        var configuration = try sources.configuration()
        configuration.usesSnapshots = usingSnapshots
        return try await OwnServer.withClient(configuration, body)
    }

    private var key: String? {
        get throws {
            let variables = Environment.variables
            if let apiKey { return apiKey }
            if apiKeyFile == nil, let key = variables["DAYBOOK_API_KEY"], !key.isEmpty { return key }
            guard let path = apiKeyFile ?? variables["DAYBOOK_API_KEY_FILE"] else { return nil }
            return try KeyFile.read(path)
        }
    }

    private var serverURL: String {
        get throws {
            let url = server ?? Environment.variables["DAYBOOK_SERVER"] ?? "http://127.0.0.1:8080"
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw CommandFailure(.usage, "'\(url)' is no address of a server: write http://HOST:PORT")
            }
            var base = url
            while base.hasSuffix("/") { base.removeLast() }
            return base
        }
    }
}

/// Whose certificates a command trusts.
struct TrustOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "With an https server: the certificates of authorities to trust besides the system's (PEM). Default:"
                + " DAYBOOK_CA_CERTIFICATE.", valueName: "file"))
    var caCertificate: String?

    var authority: String? { caCertificate ?? Environment.variables["DAYBOOK_CA_CERTIFICATE"] }
}

/// How a command answers.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Answer with JSON, one value a line, for programs.")
    var json = false
}
