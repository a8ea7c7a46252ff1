import HTTPTypes

/// Which web pages may use the server, by where they come from (`Origin`, RFC 6454).
///
/// Browsers run pages of anybody on machines that reach servers which nobody else reaches, so that a server without keys
/// has to look at who sends them.
struct WebOrigins: Sendable {
    /// Those that may besides the server's own, such as `https://example.org`, in lower case.
    private let allowed: Set<String>
    /// Whether pages from anywhere may, where a key is asked for.
    private let allowsAny: Bool
    /// The names a server without keys may be asked by; nil for any.
    private let hosts: Set<String>?
    /// Whether there are no keys now.
    private let isOpen: @Sendable () -> Bool

    init(_ options: ServerOptions, isOpen: @escaping @Sendable () -> Bool) {
        allowed = Set(options.corsOrigins.map { $0.lowercased() }).subtracting(["*"])
        allowsAny = options.corsOrigins.contains("*")
        self.isOpen = isOpen
        if options.isLoopbackOnly {
            hosts = Set(allowed.compactMap { Self.authority(of: $0) }.map { Self.name(of: $0) } + [options.host])
        } else {
            hosts = nil
        }
    }

    /// Whether any page but the server's own may.
    var isEmpty: Bool { allowed.isEmpty && !allowsAny }

    /// Whether pages of an origin may read answers.
    func allows(_ origin: String) -> Bool {
        allowed.contains(origin.lowercased()) || allowsAny && !isOpen()
    }

    /// Why a request is not taken that a page may have sent; nil when there is no reason.
    func refusal(of request: HTTPRequest) -> String? {
        if let hosts, isOpen(), let authority = request.authority, !Self.isOwn(authority, hosts) {
            // A page of such a name, which its owner makes stand for this machine, would count as the server's own.
            return
                "this server has no keys and is not asked by the name '\(Self.shown(authority))': ask it as localhost,"
                + " make keys, or allow the name's pages with --cors-origin"
        }
        switch request.method {
        case .get, .head, .options: return nil
        default: break
        }
        if let origin = request.headerFields[.origin] {
            return mayWrite(origin, request.authority)
                ? nil : "pages of '\(Self.shown(origin))' may not change anything here (--cors-origin allows them)"
        }
        // For browsers that leave the origin out.
        let site = request.headerFields[.secFetchSite]?.lowercased()
        return site == "cross-site" || site == "same-site"
            ? "pages of other origins may not change anything here (--cors-origin allows them)" : nil
    }

    /// Whether pages of an origin may write to, or open a WebSocket to, the server that they know by a name.
    func mayWrite(_ origin: String, _ authority: String?) -> Bool {
        if let authority, Self.authority(of: origin.lowercased()) == authority.lowercased() { return true }
        return allows(origin)
    }

    /// Why a handshake is not granted that a page may have sent: browsers let any page open a WebSocket to any host, and
    /// only tell which page it was (RFC 6455, section 10.2).
    @Sendable func webSocketRefusal(of request: HTTPRequest) -> String? {
        if let reason = refusal(of: request) { return reason }
        guard let origin = request.headerFields[.origin], !mayWrite(origin, request.authority) else { return nil }
        return "pages of '\(Self.shown(origin))' may not connect here (--cors-origin allows them)"
    }

    // MARK: - Parts of origins

    /// Host and port of an origin; nil when it is none.
    private static func authority(of origin: String) -> String? {
        let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, parts[0].hasSuffix(":"), !parts[2].isEmpty else { return nil }
        return String(parts[2])
    }

    /// The host of a host and port.
    private static func name(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return String(authority.prefix { $0 != ":" })
    }

    /// Names that nobody outside decides about: those of this machine, names without a dot, and addresses.
    private static func isOwn(_ authority: String, _ hosts: Set<String>) -> Bool {
        let name = name(of: authority.lowercased())
        if !name.contains(".") || name.hasSuffix(".localhost") || hosts.contains(name) { return true }
        return authority.hasPrefix("[") || name.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
    }

    /// For a message.
    private static func shown(_ text: String) -> String { String(text.prefix(200)) }

    /// Whether a text is an origin as `--cors-origin` takes it.
    static func isOrigin(_ text: String) -> Bool {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), let authority = authority(of: text) else {
            return false
        }
        return authority.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !authority.contains { "@?#\\".contains($0) }
    }
}
