import Mail
import Testing

@Suite struct MailAddressTests {
    @Test func keepsItsText() throws {
        #expect(try MailAddress("a@b.example").mailbox == "a@b.example")
    }
}
