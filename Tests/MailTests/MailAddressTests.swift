import Mail
import Testing

@Suite struct MailAddressTests {
    @Test(arguments: [
        ("a@b.example", "a@b.example", nil),
        ("  a@b.example ", "a@b.example", nil),
        ("a.b+c_d@mail.example.org", "a.b+c_d@mail.example.org", nil),
        ("o'hara@localhost", "o'hara@localhost", nil),
        ("Ann Lee <ann@b.example>", "ann@b.example", "Ann Lee"),
        ("<ann@b.example>", "ann@b.example", nil),
        ("\"Lee, Ann\" <ann@b.example>", "ann@b.example", "Lee, Ann"),
        (#""A \"B\" \\C" <ann@b.example>"#, "ann@b.example", #"A "B" \C"#),
        ("Žofie Nováková <z@b.example>", "z@b.example", "Žofie Nováková"),
    ])
    func reads(text: String, mailbox: String, name: String?) throws {
        let address = try MailAddress(text)
        #expect(address.mailbox == mailbox)
        #expect(address.displayName == name)
        #expect(try MailAddress(address.description) == address)
    }

    @Test(arguments: [
        "", " ", "a", "@b", "a@", "a@b@c", "a b@c.d", "a@b c.d", ".a@b.c", "a.@b.c", "a..b@c.d", "a@.c", "a@b..c",
        "a@-b.c", "a@b-.c", "a@b.c.", "a@b.c,d@e.f", "a@b.c\r\nBcc: x@y.z", "a\u{0}@b.c", "ä@b.c", "a@ä.c",
        "A <a@b.c", "A a@b.c>", "A <a@b.c> B", "A <a@b.c> <d@e.f>", "A, B <a@b.c>", "A \"B\" <a@b.c>", "\"A <a@b.c>",
        "A\r\nBcc: x <a@b.c>", "A\u{85}B <a@b.c>", "a@b.c>\r\nRCPT TO:<d@e.f", "(a)@b.c", "\"a b\"@c.d",
        "a@[127.0.0.1]",
        String(repeating: "a", count: 65) + "@b.c", "a@" + String(repeating: "b", count: 64) + ".c",
        "a@" + Array(repeating: "b", count: 127).joined(separator: "."),
        String(repeating: "n", count: 257) + " <a@b.c>",
    ])
    func refuses(text: String) {
        #expect(throws: InvalidMailAddress.self) { try MailAddress(text) }
    }

    @Test func aRefusalIsOneLine() {
        let error = #expect(throws: InvalidMailAddress.self) { try MailAddress("a\r\nb@c.d") }
        #expect(error.map { "\($0)".contains { $0.isNewline } } == false)
    }
}
