/// Where the events are: a directory with the embedded log, or a Kafka cluster.
enum LogLocation: Sendable, Hashable {
    /// `sqlite:DIR`
    case sqlite(directory: String)
    /// `kafka://host:port,host:port?any.librdkafka.property=value`, as it was written.
    case kafka(url: String)

    static let forms = "sqlite:DIRECTORY or kafka://HOST:PORT[,HOST:PORT…][?PROPERTY=VALUE&…]"

    init?(_ text: String) {
        if text.hasPrefix("sqlite:") {
            let directory = String(text.dropFirst("sqlite:".count))
            guard !directory.isEmpty, !directory.utf8.contains(0) else { return nil }
            self = .sqlite(directory: directory)
        } else if text.hasPrefix("kafka://") {
            let hosts = text.dropFirst("kafka://".count).prefix { $0 != "?" }
            guard !hosts.isEmpty else { return nil }
            self = .kafka(url: text)
        } else {
            return nil
        }
    }

    var text: String {
        switch self {
        case .sqlite(let directory): "sqlite:\(directory)"
        case .kafka(let url): url
        }
    }

    /// With the values of properties that may be secret left out.
    var redacted: String {
        guard case .kafka(let url) = self, let mark = url.firstIndex(of: "?") else { return text }
        let properties = url[url.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = properties.map { property -> String in
            let name = property.prefix { $0 != "=" }
            let isSecret = ["password", "secret", "token", "key", "pem", "jaas", "oauthbearer.config"].contains {
                name.lowercased().contains($0)
            }
            return isSecret ? "\(name)=\(Setting.redaction)" : String(property)
        }
        return url[...mark] + shown.joined(separator: "&")
    }
}
