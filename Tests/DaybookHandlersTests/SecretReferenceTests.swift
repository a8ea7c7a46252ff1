import DaybookHandlers
import Testing

@Suite struct SecretReferenceTests {
    @Test(arguments: [
        ("env:NAME", SecretReference.environment("NAME")), ("file:/a b", .file("/a b")), ("env:", nil), ("file:", nil),
        ("hunter2", nil), ("ENV:NAME", nil), ("", nil),
    ])
    func reads(text: String, reference: SecretReference?) {
        #expect(SecretReference(text) == reference)
        if let reference { #expect(reference.description == text) }
    }

    @Test func findsSecrets() throws {
        let directory = try ScratchDirectory()
        let environment = ["A": "hunter2", "EMPTY": ""]
        #expect(try SecretReference.environment("A").resolve(setting: "s", environment: environment) == "hunter2")
        for (content, secret) in [("x y\n", "x y"), ("x\r\n", "x"), ("x\n\n", "x"), (" x ", " x "), ("a\nb\n", "a\nb")]
        {
            let path = try directory.write("secret", content)
            #expect(try SecretReference.file(path).resolve(setting: "s") == secret)
        }
    }

    @Test func saysWhatIsMissing() throws {
        let directory = try ScratchDirectory()
        let empty = try directory.write("empty", "\n")
        let references: [SecretReference] = [
            .environment("B"), .environment("EMPTY"), .file(empty), .file(directory.path), .file("/no/such/file"),
            .file("/dev/zero"),
        ]
        for reference in references {
            let error = #expect(throws: InvalidSetting.self) {
                try reference.resolve(setting: "handlers.mail.password", environment: ["EMPTY": ""])
            }
            #expect(error?.setting == "handlers.mail.password")
            let place =
                switch reference {
                case .environment(let name): name
                case .file(let path): path
                }
            #expect(error?.reason.contains(place) == true)
        }
    }
}
