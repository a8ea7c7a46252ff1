import FoundationEssentials

/// A webhook's URL, taken apart and put together again, so that what is checked and what is connected to can never be
/// read differently.
struct WebhookTarget: Hashable, Sendable {
    /// A name or an IPv4 address, in lower case, or an IPv6 address without its brackets.
    let host: String
    let port: Int
    let isIPv6: Bool
    /// The whole URL.
    let url: String

    init(_ settings: WebhookSettings) throws(InvalidSetting) {
        let text = settings.url
        guard !text.isEmpty else { throw settings.invalid("url", "is missing") }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let written = parts.host, !written.isEmpty
        else { throw settings.invalid("url", "'\(text)' is no URL with a host") }
        switch scheme {
        case "https": break
        case "http":
            guard settings.allowsHTTP else {
                throw settings.invalid("url", "'\(text)' is not https; \(settings.remedy("allowsHTTP"))")
            }
        default: throw settings.invalid("url", "'\(text)' is neither https nor http")
        }
        guard parts.user == nil, parts.password == nil else {
            throw settings.invalid("url", "must hold no user and no password")
        }
        guard parts.fragment == nil else { throw settings.invalid("url", "'\(text)' must hold no fragment (#…)") }
        host = written.filter { $0 != "[" && $0 != "]" }.lowercased()
        isIPv6 = host.contains(":")
        let allowed = isIPv6 ? "0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789-._"
        guard host.allSatisfy({ allowed.contains($0) }) else {
            throw settings.invalid(
                "url", "'\(text)' has a host with other characters than a name has (use xn--… forms)")
        }
        port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65535).contains(port) else { throw settings.invalid("url", "'\(text)' has no port in 1...65535") }
        let path = parts.percentEncodedPath
        url =
            "\(scheme)://\(isIPv6 ? "[\(host)]" : host)\(parts.port.map { ":\($0)" } ?? "")"
            + (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }
}
