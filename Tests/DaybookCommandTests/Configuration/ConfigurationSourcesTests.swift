import Testing

@testable import DaybookCommand

@Suite struct ConfigurationSourcesTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("flags count over the environment, the environment over the file, the file over defaults")
    func precedence() throws {
        let file = try directory.file("c.json", #"{"port": 1, "prefix": "file", "partitions": 3}"#)
        let sources = try ConfigurationSources(
            flags: ["port": .one("3")], environment: ["DAYBOOK_PORT": "2", "DAYBOOK_PREFIX": "environment"], file: file)
        let configuration = try sources.configuration()
        #expect(configuration.port == 3)
        #expect(configuration.prefix == "environment")
        #expect(configuration.partitions == 3)
        #expect(configuration.host == "127.0.0.1")
        let origins = ["port", "prefix", "partitions", "host"].compactMap(Setting.named).map {
            sources.origin(of: $0).text
        }
        #expect(origins == ["flag --port", "environment DAYBOOK_PREFIX", "file \(file)", "default"])
    }

    @Test("DAYBOOK_CONFIG names the file")
    func variable() throws {
        let file = try directory.file("c.json", #"{"port": 1}"#)
        #expect(try ConfigurationSources(environment: ["DAYBOOK_CONFIG": file]).configuration().port == 1)
    }

    @Test("an error names the source of the value")
    func blame() throws {
        let sources = try ConfigurationSources(environment: ["DAYBOOK_PORT": "x"])
        let error = #expect(throws: CommandFailure.self) { try sources.configuration() }
        #expect(error?.message == "port (environment DAYBOOK_PORT): 'x' is no whole number")
        #expect(error?.kind == .usage)
    }

    @Test(
        "a file with a mistake is refused, and the message says where and what",
        arguments: [
            (#"{"port": }"#, "line 1, column 10: expected a value, found '}'"),
            ("[]", "line 1, column 1: expected '{', found '['"),
            (#"{"prot": 1}"#, "there is no setting prot (`daybook config show` lists all)"),
            (#"{"port": {"x": 1}}"#, "port must be a single value"),
            (#"{"rules": [1]}"#, "rules must be a list of strings"),
            (#"{"port": 1, "port": 2}"#, "port is given twice"),
        ])
    func mistakes(text: String, message: String) throws {
        let file = try directory.file("c.json", text)
        let error = #expect(throws: CommandFailure.self) { try ConfigurationSources(environment: [:], file: file) }
        #expect(error?.message == "the configuration file \(file): \(message)")
    }

    @Test("a file that is not there is told")
    func missing() throws {
        let error = #expect(throws: CommandFailure.self) {
            try ConfigurationSources(environment: [:], file: "/no/such")
        }
        #expect(error?.message == "the configuration file /no/such cannot be read: No such file or directory")
    }

    @Test("lists are arrays in a file, and separated by blanks in the environment")
    func lists() throws {
        let rules = ["a.*=a", "b.*=b,partitions=2"]
        let file = try directory.file("c.json", #"{"rules": ["a.*=a", "b.*=b,partitions=2"]}"#)
        #expect(try ConfigurationSources(environment: [:], file: file).configuration().rules.map(\.written) == rules)
        let environment = ["DAYBOOK_RULES": "a.*=a  b.*=b,partitions=2"]
        #expect(try ConfigurationSources(environment: environment).configuration().rules.map(\.written) == rules)
    }

    @Test("variables that look like settings and are none are noticed")
    func unknown() throws {
        let environment = ["DAYBOOK_PROT": "1", "DAYBOOK_PORT": "1", "DAYBOOK_SERVER": "x", "HOME": "/"]
        #expect(try ConfigurationSources(environment: environment).unknownVariables == ["DAYBOOK_PROT"])
    }

    @Test("the reference in the documentation is the code's")
    func documented() throws {
        let path = ProjectFiles.path("docs/configuration.md")
        let document = String(decoding: try InputFile(path: path).readAll(limit: 1 << 20), as: UTF8.self)
        #expect(
            document.contains(Setting.reference),
            "put what `daybook config reference` prints into docs/configuration.md")
    }
}
