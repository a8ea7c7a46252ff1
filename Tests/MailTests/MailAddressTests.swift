import Mail
import Testing

@Suite struct MailAddressTests {
    @Test func keepsItsText() {
        #expect(MailAddress("a@b.example").text == "a@b.example")
    }
}
