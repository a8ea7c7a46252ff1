import HTTPTypes
import Testing

@testable import DaybookServer

struct WebOriginsTests {
    private static func origins(_ allowed: [String], isOpen: Bool = true, host: String = "127.0.0.1") -> WebOrigins {
        var options = ServerOptions()
        options.corsOrigins = allowed
        options.host = host
        return WebOrigins(options) { isOpen }
    }

    private static func request(
        _ headers: HTTPFields = [:], _ method: HTTPRequest.Method = .post, host: String? = "localhost:8080"
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: host, path: "/api/events", headerFields: headers)
    }

    private static let site = HTTPField.Name.secFetchSite

    @Test(arguments: [true, false])
    func `pages of others change nothing, those that are allowed do`(isOpen: Bool) {
        let origins = Self.origins(["https://example.org"], isOpen: isOpen)
        for origin in ["http://evil.example", "null", "http://localhost:9999", "https://example.org.evil.example", ""] {
            #expect(origins.refusal(of: Self.request([.origin: origin])) != nil, "\(origin)")
            #expect(origins.refusal(of: Self.request([.origin: origin], .delete)) != nil, "\(origin)")
            #expect(origins.refusal(of: Self.request([.origin: origin], .get)) == nil, "\(origin)")
            #expect(origins.webSocketRefusal(of: Self.request([.origin: origin], .get)) != nil, "\(origin)")
        }
        for origin in ["https://example.org", "HTTPS://Example.ORG", "http://localhost:8080"] {
            #expect(origins.refusal(of: Self.request([.origin: origin])) == nil, "\(origin)")
            #expect(origins.webSocketRefusal(of: Self.request([.origin: origin], .get)) == nil, "\(origin)")
        }
        #expect(origins.refusal(of: Self.request([Self.site: "cross-site"])) != nil)
        #expect(origins.refusal(of: Self.request([Self.site: "same-origin"])) == nil)
        #expect(origins.refusal(of: Self.request()) == nil)
        #expect(origins.webSocketRefusal(of: Self.request([:], .get)) == nil)
    }

    @Test func `all pages are allowed only where there are keys`() {
        #expect(!Self.origins(["*"]).allows("http://evil.example"))
        #expect(Self.origins(["*"]).refusal(of: Self.request([.origin: "http://evil.example"])) != nil)
        #expect(Self.origins(["*"], isOpen: false).allows("http://anybody.example"))
        #expect(
            Self.origins(["*"], isOpen: false).refusal(of: Self.request([.origin: "http://anybody.example"])) == nil)
    }

    @Test func `an open server is not asked by names that others decide about`() {
        let origins = Self.origins(["https://events.example.org:8443"])
        for host in [
            "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example:8080", "1.2.x.4",
        ] {
            #expect(origins.refusal(of: Self.request([:], .get, host: host)) != nil, "\(host)")
            #expect(origins.webSocketRefusal(of: Self.request([.origin: "http://\(host)"], .get, host: host)) != nil)
            #expect(Self.origins([], isOpen: false).refusal(of: Self.request([:], .get, host: host)) == nil)
            #expect(Self.origins([], host: "0.0.0.0").refusal(of: Self.request([:], .get, host: host)) == nil)
        }
        for host in [
            "localhost", "LOCALHOST:8080", "app.localhost:1", "127.0.0.1:8080", "[::1]:8080", "10.0.0.7",
            "daybook:8080",
            "events.example.org",
        ] {
            #expect(origins.refusal(of: Self.request([:], .get, host: host)) == nil, "\(host)")
        }
        #expect(origins.refusal(of: Self.request([:], .get, host: nil)) == nil)
    }

    @Test(arguments: [
        ("https://example.org", true), ("http://localhost:3000", true), ("http://[::1]:3000", true),
        ("https://example.org/", false), ("https://example.org/path", false), ("example.org", false), ("*", false),
        ("https://", false), ("https://user@example.org", false), ("ftp://example.org", false),
        ("https://example.org?x", false), ("https://exa mple.org", false),
    ])
    func `origins have a scheme, a host and perhaps a port`(text: String, isOne: Bool) {
        #expect(ServerOptions.isOrigin(text) == isOne)
    }
}
