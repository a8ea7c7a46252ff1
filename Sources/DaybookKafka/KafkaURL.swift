import Daybook

/// `kafka://host:port,host:port?property=value&property=value`, taken apart.
struct KafkaURL: Equatable {
    var servers: [String]
    var properties: [String: String] = [:]

    static let form = "kafka://HOST:PORT[,HOST:PORT…][?PROPERTY=VALUE&…]"

    init(_ text: String) throws {
        guard text.hasPrefix("kafka://") else { throw Self.refused("\(text) does not begin with kafka://") }
        let rest = text.dropFirst("kafka://".count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        servers = try parts[0].split(separator: ",", omittingEmptySubsequences: false).map(Self.server)
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: "&", omittingEmptySubsequences: true) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty else {
                throw Self.refused("\"\(sides[0])\" is no PROPERTY=VALUE")
            }
            let name = try Self.decoded(sides[0])
            guard properties.updateValue(try Self.decoded(sides[1]), forKey: name) == nil else {
                throw Self.refused("\(name) is set twice")
            }
        }
        if properties["bootstrap.servers"] != nil || properties["metadata.broker.list"] != nil {
            throw Self.refused("the servers belong before the question mark")
        }
    }

    private static func server(_ text: Substring) throws -> String {
        // Not shown: it may be a password.
        guard !text.contains("@") else { throw refused("a user belongs into sasl.username and sasl.password") }
        // An address of version 6 has colons of its own, in brackets.
        let port = text.last == "]" ? nil : text.lastIndex(of: ":")
        let host = port.map { text[..<$0] } ?? text
        guard !host.isEmpty, !host.contains("/") else {
            throw refused("\"\(text)\" is no HOST:PORT")
        }
        guard let port else { return "\(text):9092" }
        guard let number = UInt16(text[text.index(after: port)...]), number > 0 else {
            throw refused("\"\(text)\" has no port between 1 and 65535")
        }
        return String(text)
    }

    /// Percent escapes, as a password may need them. A plus sign is a plus sign.
    private static func decoded(_ text: Substring) throws -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16) else {
                throw refused("the query has a % that no two hex digits follow")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else { throw refused("a value is no UTF-8") }
        return result
    }

    static func refused(_ reason: String) -> LogError {
        .refused("the location of the log is wrong: \(reason); its form is \(form)")
    }
}
