import Testing

@testable import DaybookHandlers

@Suite struct WebhookSettingsTests {
    @Test(arguments: [
        ("", "url"), ("hook", "url"), ("/hook", "url"), ("ftp://example.com", "url"), ("http://example.com", "url"),
        ("https://", "url"), ("https://user@example.com/", "url"), ("https://user:word@example.com/", "url"),
        ("https://example.com/#part", "url"), ("https://exam ple.com", "url"), ("https://bücher.example", "url"),
        ("https://example.com:0/", "url"), ("https://example.com:70000/", "url"), ("https://[fe80::1%25eth0]/", "url"),
        ("https://example%2ecom\u{0}/", "url"), ("https+unix://socket/hook", "url"),
    ])
    func refuses(url: String, setting: String) {
        let error = #expect(throws: InvalidSetting.self) {
            try WebhookSettings(url: url, secrets: [.environment("X")]).makeHandler()
        }
        #expect(error?.setting == "handlers.webhook.\(setting)")
    }

    @Test(arguments: [
        ("https://Example.COM", "example.com", 443, "https://example.com/"),
        ("HTTPS://example.com:8443/a%2Fb?c=d%20e", "example.com", 8443, "https://example.com:8443/a%2Fb?c=d%20e"),
        ("https://[2001:DB8::1]:9/x", "2001:db8::1", 9, "https://[2001:db8::1]:9/x"),
        ("http://127.1/", "127.1", 80, "http://127.1/"),
    ])
    func reads(url: String, host: String, port: Int, whole: String) throws {
        let target = try WebhookTarget(WebhookSettings(url: url, secrets: [], allowsHTTP: true))
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.url == whole)
    }

    @Test func needsASecretAndATime() {
        func setting(_ settings: WebhookSettings) -> String? {
            do {
                _ = try settings.makeHandler()
                return nil
            } catch {
                return (error as? InvalidSetting)?.setting
            }
        }
        let url = "https://example.com"
        #expect(setting(WebhookSettings(url: url, secrets: [])) == "handlers.webhook.secrets")
        let secrets: [SecretReference] = [.environment("X")]
        #expect(setting(WebhookSettings(url: url, secrets: secrets, timeout: .zero)) == "handlers.webhook.timeout")
        #expect(setting(WebhookSettings(url: url, secrets: secrets)) == nil)
    }
}
